CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE job (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	profile_id VARCHAR, 
	state VARCHAR NOT NULL, 
	params JSON DEFAULT '{}' NOT NULL, 
	result JSON DEFAULT '{}' NOT NULL, 
	reason VARCHAR NOT NULL, 
	progress JSON DEFAULT '{}' NOT NULL, 
	pid INTEGER, 
	pid_started FLOAT, 
	heartbeat FLOAT, 
	created FLOAT NOT NULL, 
	changed FLOAT NOT NULL, 
	started FLOAT, 
	finished FLOAT, 
	CONSTRAINT uq_job_id UNIQUE (id)
);
CREATE INDEX ix_job_changed ON job (changed);
CREATE INDEX ix_job_profile_id ON job (profile_id);
CREATE INDEX ix_job_state ON job (state);
CREATE TABLE picture (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	path VARCHAR NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	width INTEGER NOT NULL, 
	height INTEGER NOT NULL, 
	caption VARCHAR NOT NULL, 
	deck VARCHAR, 
	facts JSON DEFAULT '{}' NOT NULL, 
	created FLOAT NOT NULL, 
	CONSTRAINT uq_picture_id UNIQUE (id)
);
CREATE INDEX ix_picture_deck ON picture (deck);
CREATE INDEX ix_picture_kind ON picture (kind);
CREATE INDEX ix_picture_sha256 ON picture (sha256);
CREATE TABLE preference (
	scope VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	value JSON DEFAULT 'null' NOT NULL, 
	changed FLOAT NOT NULL, 
	CONSTRAINT pk_preference PRIMARY KEY (scope, name)
);
CREATE TABLE profile (
	id VARCHAR NOT NULL, 
	name VARCHAR COLLATE "NOCASE" NOT NULL, 
	version INTEGER NOT NULL, 
	strength FLOAT NOT NULL, 
	parents JSON DEFAULT '[]' NOT NULL, 
	created FLOAT NOT NULL, 
	CONSTRAINT pk_profile PRIMARY KEY (id), 
	CONSTRAINT uq_profile_name UNIQUE (name)
);
CREATE TABLE image (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id VARCHAR NOT NULL, 
	path VARCHAR NOT NULL, 
	prompt VARCHAR NOT NULL, 
	seed INTEGER NOT NULL, 
	model_id VARCHAR NOT NULL, 
	profile_id VARCHAR, 
	profile_version INTEGER, 
	strength FLOAT, 
	job_id VARCHAR, 
	trashed FLOAT, 
	created FLOAT NOT NULL, 
	CONSTRAINT fk_image_id_picture FOREIGN KEY(id) REFERENCES picture (id), 
	CONSTRAINT fk_image_profile_id_profile FOREIGN KEY(profile_id) REFERENCES profile (id) ON DELETE SET NULL, 
	CONSTRAINT uq_image_id UNIQUE (id)
);
CREATE INDEX ix_image_job_id ON image (job_id);
CREATE INDEX ix_image_model_id ON image (model_id);
CREATE INDEX ix_image_profile_id ON image (profile_id);
CREATE INDEX ix_image_trashed ON image (trashed);
CREATE TABLE profile_version (
	profile_id VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	attributes JSON DEFAULT '[]' NOT NULL, 
	backend VARCHAR NOT NULL, 
	prompt_version VARCHAR NOT NULL, 
	note VARCHAR NOT NULL, 
	created FLOAT NOT NULL, 
	CONSTRAINT pk_profile_version PRIMARY KEY (profile_id, number), 
	CONSTRAINT fk_profile_version_profile_id_profile FOREIGN KEY(profile_id) REFERENCES profile (id) ON DELETE CASCADE
);
CREATE TABLE rating (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id VARCHAR NOT NULL, 
	profile_id VARCHAR NOT NULL, 
	picture_id VARCHAR NOT NULL, 
	verdict VARCHAR NOT NULL, 
	comment VARCHAR NOT NULL, 
	chips JSON DEFAULT '[]' NOT NULL, 
	client_id VARCHAR NOT NULL, 
	created FLOAT NOT NULL, 
	taken_back FLOAT, 
	CONSTRAINT fk_rating_picture_id_picture FOREIGN KEY(picture_id) REFERENCES picture (id), 
	CONSTRAINT fk_rating_profile_id_profile FOREIGN KEY(profile_id) REFERENCES profile (id) ON DELETE CASCADE, 
	CONSTRAINT uq_rating_client_id UNIQUE (client_id), 
	CONSTRAINT uq_rating_id UNIQUE (id)
);
CREATE INDEX ix_rating_picture_id_profile_id ON rating (picture_id, profile_id);
CREATE INDEX ix_rating_profile_id ON rating (profile_id);
CREATE TABLE image_settings (
	id VARCHAR NOT NULL, 
	record JSON DEFAULT '{}' NOT NULL, 
	CONSTRAINT pk_image_settings PRIMARY KEY (id), 
	CONSTRAINT fk_image_settings_id_image FOREIGN KEY(id) REFERENCES image (id) ON DELETE CASCADE
);
CREATE VIRTUAL TABLE gallery_words USING fts5
    (prompt, caption, comments, tokenize = "unicode61 remove_diacritics 2");
INSERT INTO alembic_version (version_num) VALUES ('0001');
INSERT INTO job (number, id, kind, title, profile_id, state, params, result, reason, progress, pid, pid_started, heartbeat, created, changed, started, finished) VALUES (1, '0e61736a5eb3', 'generate', 'Pictures', NULL, 'running', '{"prompt": "a fox"}', '{}', '', '{"step": 3, "total": 20, "text": "Picture 1 of 1", "seconds_left": null}', 1, NULL, NULL, 1.79545505270946073529e+09, 1795455052.72089, NULL, NULL);
INSERT INTO picture (number, id, kind, path, sha256, width, height, caption, deck, facts, created) VALUES (1, '86fe76b641be', 'deck', 'deck/fox.png', '0000000000000000000000000000000000000000000000000000000000000fox', 128, 128, 'fox', 'stickers', '{"chips": ["thick outline"]}', 1.79545505266059064863e+09);
INSERT INTO picture (number, id, kind, path, sha256, width, height, caption, deck, facts, created) VALUES (2, 'e6e399f8aa1e', 'own', 'own/mine.png', '000000000000000000000000000000000000000000000000000000000000mine', 128, 128, 'mine', NULL, '{}', 1.79545505266276621825e+09);
INSERT INTO picture (number, id, kind, path, sha256, width, height, caption, deck, facts, created) VALUES (3, 'd6fc9b79cd37', 'generated', 'generated/a-fox-drinking-tea.png', '0000000000000000000000000000000000000000000000a-fox-drinking-tea', 128, 128, 'a fox drinking tea', NULL, '{}', 1.79545505266790843008e+09);
INSERT INTO picture (number, id, kind, path, sha256, width, height, caption, deck, facts, created) VALUES (4, '314322ed9751', 'generated', 'generated/thrown-away.png', '00000000000000000000000000000000000000000000000000000thrown-away', 128, 128, 'thrown away', NULL, '{}', 1.79545505267508435248e+09);
INSERT INTO preference (scope, name, value, changed) VALUES ('', 'tab', '"Gallery"', 1.79545505272203350074e+09);
INSERT INTO preference (scope, name, value, changed) VALUES ('eeb2583dae10', 'draft', '{"comment": "half a sen"}', 1.79545505272915220263e+09);
INSERT INTO profile (id, name, version, strength, parents, created) VALUES ('eeb2583dae10', 'Anna “Ä”', 1, 0.75, '[]', 1.79545505262418031693e+09);
INSERT INTO profile (id, name, version, strength, parents, created) VALUES ('dc5620679ae0', 'Blend', 0, 0.5, '[["eeb2583dae10", 0.5]]', 1.79545505265947747232e+09);
INSERT INTO image (number, id, path, prompt, seed, model_id, profile_id, profile_version, strength, job_id, trashed, created) VALUES (1, 'd6fc9b79cd37', 'generated/a-fox-drinking-tea.png', 'a fox drinking tea', 1, 'sticker-128', 'eeb2583dae10', 1, NULL, NULL, NULL, 1.79545505266792488098e+09);
INSERT INTO image (number, id, path, prompt, seed, model_id, profile_id, profile_version, strength, job_id, trashed, created) VALUES (2, '314322ed9751', 'generated/thrown-away.png', 'thrown away', 1, 'sticker-128', NULL, NULL, NULL, NULL, 1.79545505267648363117e+09, 1.79545505267509555814e+09);
INSERT INTO profile_version (profile_id, number, attributes, backend, prompt_version, note, created) VALUES ('eeb2583dae10', 1, '[{"id": "2a536f044f19", "phrase": "bold lines", "category": "line", "label": null, "polarity": "liked", "weight": 0.5, "evidence": [{"rating_id": "1354231fede8", "span": [0, 10], "backend": "built-in"}], "edited": false, "removed": false, "split": false}]', 'built-in', '', '1 new', 1.79545505269955897329e+09);
INSERT INTO rating (number, id, profile_id, picture_id, verdict, comment, chips, client_id, created, taken_back) VALUES (1, '1354231fede8', 'eeb2583dae10', '86fe76b641be', 'liked', 'bold lines, like a woodcut', '[{"label": "neon", "polarity": "disliked"}]', '9ba693b52945', 1.79545505267801880832e+09, NULL);
INSERT INTO rating (number, id, profile_id, picture_id, verdict, comment, chips, client_id, created, taken_back) VALUES (2, '9d098deb4634', 'eeb2583dae10', 'd6fc9b79cd37', 'disliked', 'it’s too busy', '[]', 'ed2a8ca0193f', 1.79545505268622207634e+09, NULL);
INSERT INTO rating (number, id, profile_id, picture_id, verdict, comment, chips, client_id, created, taken_back) VALUES (3, '5b6dec7f767c', 'eeb2583dae10', 'e6e399f8aa1e', 'liked', '', '[]', '1472a250bf27', 1.79545505269176650046e+09, 1.7954550526941130161e+09);
INSERT INTO image_settings (id, record) VALUES ('d6fc9b79cd37', '{"prompt": "a fox drinking tea"}');
INSERT INTO image_settings (id, record) VALUES ('314322ed9751', '{"prompt": "thrown away"}');
INSERT INTO gallery_words (rowid, prompt, caption, comments) VALUES (1, 'a fox drinking tea', 'a fox drinking tea', 'it’s too busy');
INSERT INTO gallery_words (rowid, prompt, caption, comments) VALUES (2, 'thrown away', 'thrown away', NULL);
CREATE TRIGGER image_added 
        AFTER INSERT ON image BEGIN
            INSERT INTO gallery_words (rowid, prompt, caption, comments) SELECT NEW.number, NEW.prompt, caption, (
    SELECT group_concat(comment, ' ') FROM rating WHERE picture_id = NEW.id AND taken_back IS NULL
)
            FROM picture WHERE id = NEW.id;
        END;
CREATE TRIGGER image_removed 
        AFTER DELETE ON image BEGIN
            DELETE FROM gallery_words WHERE rowid = OLD.number;
        END;
CREATE TRIGGER picture_captioned 
        AFTER UPDATE OF caption ON picture BEGIN
            UPDATE gallery_words SET caption = NEW.caption
            WHERE rowid = (SELECT number FROM image WHERE id = NEW.id);
        END;
CREATE TRIGGER rating_added 
        AFTER INSERT ON rating BEGIN
            UPDATE gallery_words SET comments = (
    SELECT group_concat(comment, ' ') FROM rating WHERE picture_id = NEW.picture_id AND taken_back IS NULL
)
            WHERE rowid = (SELECT number FROM image WHERE id = NEW.picture_id);
        END;
CREATE TRIGGER rating_taken_back 
        AFTER UPDATE OF taken_back ON rating BEGIN
            UPDATE gallery_words SET comments = (
    SELECT group_concat(comment, ' ') FROM rating WHERE picture_id = NEW.picture_id AND taken_back IS NULL
)
            WHERE rowid = (SELECT number FROM image WHERE id = NEW.picture_id);
        END;
CREATE TRIGGER rating_removed 
        AFTER DELETE ON rating BEGIN
            UPDATE gallery_words SET comments = (
    SELECT group_concat(comment, ' ') FROM rating WHERE picture_id = OLD.picture_id AND taken_back IS NULL
)
            WHERE rowid = (SELECT number FROM image WHERE id = OLD.picture_id);
        END;
CREATE TRIGGER rating_is_append_only 
        BEFORE UPDATE OF number, id, profile_id, picture_id, verdict, comment, chips, client_id,
        created ON rating BEGIN
            SELECT RAISE(ABORT, 'ratings are never rewritten');
        END;

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
CREATE TABLE subject (
	id VARCHAR NOT NULL, 
	name VARCHAR COLLATE "NOCASE" NOT NULL, 
	class_word VARCHAR NOT NULL, 
	token VARCHAR NOT NULL, 
	mirror BOOLEAN NOT NULL, 
	photos JSON DEFAULT '[]' NOT NULL, 
	snapshot_id VARCHAR, 
	created FLOAT NOT NULL, 
	CONSTRAINT pk_subject PRIMARY KEY (id), 
	CONSTRAINT uq_subject_name UNIQUE (name), 
	CONSTRAINT uq_subject_token UNIQUE (token)
);
CREATE TABLE snapshot (
	id VARCHAR NOT NULL, 
	subject_id VARCHAR NOT NULL, 
	job_id VARCHAR, 
	model_id VARCHAR NOT NULL, 
	step INTEGER NOT NULL, 
	path VARCHAR NOT NULL, 
	hash VARCHAR NOT NULL, 
	scores JSON DEFAULT '{}' NOT NULL, 
	suggested BOOLEAN NOT NULL, 
	created FLOAT NOT NULL, 
	CONSTRAINT pk_snapshot PRIMARY KEY (id), 
	CONSTRAINT fk_snapshot_subject_id_subject FOREIGN KEY(subject_id) REFERENCES subject (id) ON DELETE CASCADE
);
CREATE INDEX ix_snapshot_hash ON snapshot (hash);
CREATE INDEX ix_snapshot_subject_id ON snapshot (subject_id);
CREATE TABLE blind_test (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id VARCHAR NOT NULL, 
	profile_id VARCHAR NOT NULL, 
	profile_version INTEGER NOT NULL, 
	strength FLOAT NOT NULL, 
	model_id VARCHAR NOT NULL, 
	looks INTEGER NOT NULL, 
	created FLOAT NOT NULL, 
	CONSTRAINT fk_blind_test_profile_id_profile FOREIGN KEY(profile_id) REFERENCES profile (id) ON DELETE CASCADE, 
	CONSTRAINT uq_blind_test_id UNIQUE (id)
);
CREATE INDEX ix_blind_test_profile_id ON blind_test (profile_id);
CREATE TABLE blind_answer (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id VARCHAR NOT NULL, 
	test_id VARCHAR NOT NULL, 
	pair INTEGER NOT NULL, 
	choice VARCHAR NOT NULL, 
	client_id VARCHAR NOT NULL, 
	created FLOAT NOT NULL, 
	taken_back FLOAT, 
	CONSTRAINT fk_blind_answer_test_id_blind_test FOREIGN KEY(test_id) REFERENCES blind_test (id) ON DELETE CASCADE, 
	CONSTRAINT uq_blind_answer_client_id UNIQUE (client_id), 
	CONSTRAINT uq_blind_answer_id UNIQUE (id)
);
CREATE INDEX ix_blind_answer_test_id ON blind_answer (test_id);
CREATE TABLE blind_pair (
	test_id VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	prompt VARCHAR NOT NULL, 
	seed INTEGER NOT NULL, 
	personal VARCHAR NOT NULL, 
	"left" VARCHAR, 
	"right" VARCHAR, 
	gains JSON DEFAULT '{}' NOT NULL, 
	CONSTRAINT pk_blind_pair PRIMARY KEY (test_id, number), 
	CONSTRAINT fk_blind_pair_left_picture FOREIGN KEY("left") REFERENCES picture (id), 
	CONSTRAINT fk_blind_pair_right_picture FOREIGN KEY("right") REFERENCES picture (id), 
	CONSTRAINT fk_blind_pair_test_id_blind_test FOREIGN KEY(test_id) REFERENCES blind_test (id) ON DELETE CASCADE
);
CREATE TABLE choice (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id VARCHAR NOT NULL, 
	profile_id VARCHAR NOT NULL, 
	left_id VARCHAR NOT NULL, 
	right_id VARCHAR NOT NULL, 
	pick VARCHAR NOT NULL, 
	client_id VARCHAR NOT NULL, 
	created FLOAT NOT NULL, 
	taken_back FLOAT, 
	CONSTRAINT fk_choice_left_id_picture FOREIGN KEY(left_id) REFERENCES picture (id), 
	CONSTRAINT fk_choice_profile_id_profile FOREIGN KEY(profile_id) REFERENCES profile (id) ON DELETE CASCADE, 
	CONSTRAINT fk_choice_right_id_picture FOREIGN KEY(right_id) REFERENCES picture (id), 
	CONSTRAINT uq_choice_client_id UNIQUE (client_id), 
	CONSTRAINT uq_choice_id UNIQUE (id)
);
CREATE INDEX ix_choice_left_id ON choice (left_id);
CREATE INDEX ix_choice_profile_id ON choice (profile_id);
CREATE INDEX ix_choice_right_id ON choice (right_id);
CREATE VIRTUAL TABLE gallery_words USING fts5
    (prompt, caption, comments, tokenize = "unicode61 remove_diacritics 2");
INSERT INTO alembic_version (version_num) VALUES ('0004');
INSERT INTO job (number, id, kind, title, profile_id, state, params, result, reason, progress, pid, pid_started, heartbeat, created, changed, started, finished) VALUES (1, 'daafd2ecb58a', 'generate', 'Pictures', NULL, 'running', '{"prompt": "a fox"}', '{}', '', '{"step": 3, "total": 20, "text": "Picture 1 of 1", "seconds_left": null}', 1, NULL, NULL, 1.79549151549443030363e+09, 1.79549151550785613057e+09, NULL, NULL);
INSERT INTO picture (number, id, kind, path, sha256, width, height, caption, deck, facts, created) VALUES (1, '2eedc9953c84', 'deck', 'deck/fox.png', '0000000000000000000000000000000000000000000000000000000000000fox', 128, 128, 'fox', 'stickers', '{"chips": ["thick outline"]}', 1.79549151542899847024e+09);
INSERT INTO picture (number, id, kind, path, sha256, width, height, caption, deck, facts, created) VALUES (2, '309746e9177e', 'own', 'own/mine.png', '000000000000000000000000000000000000000000000000000000000000mine', 128, 128, 'mine', NULL, '{}', 1.79549151543610835076e+09);
INSERT INTO picture (number, id, kind, path, sha256, width, height, caption, deck, facts, created) VALUES (3, '592ce0d46296', 'generated', 'generated/a-fox-drinking-tea.png', '0000000000000000000000000000000000000000000000a-fox-drinking-tea', 128, 128, 'a fox drinking tea', NULL, '{}', 1.79549151543720865247e+09);
INSERT INTO picture (number, id, kind, path, sha256, width, height, caption, deck, facts, created) VALUES (4, 'ad2e9662f1b7', 'generated', 'generated/thrown-away.png', '00000000000000000000000000000000000000000000000000000thrown-away', 128, 128, 'thrown away', NULL, '{}', 1.79549151545256185534e+09);
INSERT INTO picture (number, id, kind, path, sha256, width, height, caption, deck, facts, created) VALUES (5, 'a3223aaa406d', 'test', 'test/eb0f36bdeecd-0.png', '00000000000000000000000000000000000000000000000000eb0f36bdeecd-0', 128, 128, 'eb0f36bdeecd-0', NULL, '{}', 1.79549151553442955017e+09);
INSERT INTO picture (number, id, kind, path, sha256, width, height, caption, deck, facts, created) VALUES (6, '0726bbea63a0', 'test', 'test/eb0f36bdeecd-1.png', '00000000000000000000000000000000000000000000000000eb0f36bdeecd-1', 128, 128, 'eb0f36bdeecd-1', NULL, '{}', 1.79549151553443884846e+09);
INSERT INTO preference (scope, name, value, changed) VALUES ('', 'tab', '"Gallery"', 1.79549151557360553736e+09);
INSERT INTO preference (scope, name, value, changed) VALUES ('8674819c46a4', 'draft', '{"comment": "half a sen"}', 1.7954915155810728073e+09);
INSERT INTO profile (id, name, version, strength, parents, created) VALUES ('8674819c46a4', 'Anna “Ä”', 1, 0.75, '[]', 1.79549151538900709154e+09);
INSERT INTO profile (id, name, version, strength, parents, created) VALUES ('cafef501afea', 'Blend', 0, 0.5, '[["8674819c46a4", 0.5]]', 1.79549151542755746841e+09);
INSERT INTO image (number, id, path, prompt, seed, model_id, profile_id, profile_version, strength, job_id, trashed, created) VALUES (1, '592ce0d46296', 'generated/a-fox-drinking-tea.png', 'a fox drinking tea', 1, 'sticker-128', '8674819c46a4', 1, NULL, NULL, NULL, 1.79549151543722605708e+09);
INSERT INTO image (number, id, path, prompt, seed, model_id, profile_id, profile_version, strength, job_id, trashed, created) VALUES (2, 'ad2e9662f1b7', 'generated/thrown-away.png', 'thrown away', 1, 'sticker-128', NULL, NULL, NULL, NULL, 1.79549151545480084419e+09, 1.79549151545257759093e+09);
INSERT INTO profile_version (profile_id, number, attributes, backend, prompt_version, note, created) VALUES ('8674819c46a4', 1, '[{"id": "896860a777ca", "phrase": "bold lines", "category": "line", "label": null, "polarity": "liked", "weight": 0.5, "evidence": [{"rating_id": "30d21b5b6a2a", "span": [0, 10], "backend": "built-in"}], "edited": false, "removed": false, "split": false}]', 'built-in', '', '1 new', 1.79549151548443746565e+09);
INSERT INTO rating (number, id, profile_id, picture_id, verdict, comment, chips, client_id, created, taken_back) VALUES (1, '30d21b5b6a2a', '8674819c46a4', '2eedc9953c84', 'liked', 'bold lines, like a woodcut', '[{"label": "neon", "polarity": "disliked"}]', '59a53a331f3a', 1.79549151546141505238e+09, NULL);
INSERT INTO rating (number, id, profile_id, picture_id, verdict, comment, chips, client_id, created, taken_back) VALUES (2, '2ce111a3264e', '8674819c46a4', '592ce0d46296', 'disliked', 'it’s too busy', '[]', 'fcf1540ddf89', 1.79549151547021031377e+09, NULL);
INSERT INTO rating (number, id, profile_id, picture_id, verdict, comment, chips, client_id, created, taken_back) VALUES (3, '2e9dd2e632a1', '8674819c46a4', '309746e9177e', 'liked', '', '[]', '75467bda2fea', 1795491515.47625, 1.79549151547853827479e+09);
INSERT INTO image_settings (id, record) VALUES ('592ce0d46296', '{"prompt": "a fox drinking tea"}');
INSERT INTO image_settings (id, record) VALUES ('ad2e9662f1b7', '{"prompt": "thrown away"}');
INSERT INTO subject (id, name, class_word, token, mirror, photos, snapshot_id, created) VALUES ('a00164a13ab9', 'Momo', 'dog', 'sks', 1, '[{"id": "751b056e8fbe", "path": "subjects/front.jpg", "sha256": "00000000000000000000000000000000000000000000000000000000000front", "width": 512, "height": 512, "caption": "", "crop": null, "left_out": false}]', NULL, 1.79549151550942564007e+09);
INSERT INTO snapshot (id, subject_id, job_id, model_id, step, path, hash, scores, suggested, created) VALUES ('952b5ee36577', 'a00164a13ab9', '000000000000', 'sticker-128', 100, 'subjects/a00164a13ab9/100.safetensors', '0000000000000000000000000000000000000000000000000000000000000100', '{"likeness": 0.7}', 0, 1.79549151551763653753e+09);
INSERT INTO blind_test (number, id, profile_id, profile_version, strength, model_id, looks, created) VALUES (1, 'eb0f36bdeecd', '8674819c46a4', 1, 0.5, 'sticker-128', 1, 1.79549151553099823001e+09);
INSERT INTO blind_answer (number, id, test_id, pair, choice, client_id, created, taken_back) VALUES (1, '5bb1dbc79755', 'eb0f36bdeecd', 1, 'right', '7ec7c936e26b', 1.79549151554822921748e+09, NULL);
INSERT INTO blind_pair (test_id, number, prompt, seed, personal, left, right, gains) VALUES ('eb0f36bdeecd', 1, 'a hidden kite', 1, 'right', 'a3223aaa406d', '0726bbea63a0', '{"bold lines": 0.2}');
INSERT INTO blind_pair (test_id, number, prompt, seed, personal, left, right, gains) VALUES ('eb0f36bdeecd', 2, 'a hidden kite', 2, 'right', NULL, NULL, '{}');
INSERT INTO choice (number, id, profile_id, left_id, right_id, pick, client_id, created, taken_back) VALUES (1, '05d7d45823d7', '8674819c46a4', '2eedc9953c84', '592ce0d46296', 'left', 'df39f1dd4be9', 1.79549151555795526505e+09, NULL);
INSERT INTO choice (number, id, profile_id, left_id, right_id, pick, client_id, created, taken_back) VALUES (2, '17311b57b226', '8674819c46a4', '592ce0d46296', '2eedc9953c84', 'left', 'd6b826c3bae2', 1.79549151556559801095e+09, 1.79549151557244443888e+09);
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
CREATE TRIGGER choice_is_append_only 
        BEFORE UPDATE OF number, id, profile_id, left_id, right_id, pick, client_id, created
        ON choice BEGIN
            SELECT RAISE(ABORT, 'choices are never rewritten');
        END;
CREATE TRIGGER rating_is_append_only 
        BEFORE UPDATE OF number, id, profile_id, picture_id, verdict, comment, chips, client_id,
        created ON rating BEGIN
            SELECT RAISE(ABORT, 'ratings are never rewritten');
        END;

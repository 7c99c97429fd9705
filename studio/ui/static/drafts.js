// Half answers, by card, kept in the browser: a refresh or another card loses no word.
// The last one touched comes first when the cards are dealt again.
"use strict";
studio.drafts = (() => {
  const name = (profile) => `studio.drafts.rate.${profile}`;
  let asked = null; // {profile, card} that another page has put in front; only looked at so far

  function read(profile) {
    try { return JSON.parse(localStorage.getItem(name(profile))) ?? []; } catch { return []; }
  }
  function write(profile, drafts) {
    if (drafts.length) localStorage.setItem(name(profile), JSON.stringify(drafts));
    else localStorage.removeItem(name(profile));
  }
  function find(profile, id) { return read(profile).find((draft) => draft.id === id) ?? null; }
  function others(profile, id) { return read(profile).filter((draft) => draft.id !== id); }

  return {
    /** A draft is {id, card, comment, verdict, chips}. */
    keep(profile, draft) {
      asked = null;
      write(profile, [draft, ...others(profile, draft.id)].slice(0, 24));
    },
    forget(profile, id) {
      if (asked?.card.id === id) asked = null;
      write(profile, others(profile, id));
    },
    find,
    /** What comes first: the card that was asked for, else the newest draft. */
    last(profile) {
      if (asked?.profile !== profile) return read(profile)[0] ?? null;
      return find(profile, asked.card.id) ?? { id: asked.card.id, card: asked.card };
    },
    /** Put a card in front, on whichever page it lies: the Rater takes it now or when it is drawn. */
    open(profile, card) {
      asked = { profile, card };
      document.dispatchEvent(new CustomEvent("studio:reopen", { detail: { profile, card } }));
    },
  };
})();

// Half answers, by card, kept in the browser: a refresh or another card loses no word.
// The last one touched comes first when the cards are dealt again.
"use strict";
studio.drafts = (() => {
  const name = (profile) => `studio.drafts.rate.${profile}`;

  function read(profile) {
    try { return JSON.parse(localStorage.getItem(name(profile))) ?? []; } catch { return []; }
  }
  function write(profile, drafts) {
    if (drafts.length) localStorage.setItem(name(profile), JSON.stringify(drafts));
    else localStorage.removeItem(name(profile));
  }
  function others(profile, id) { return read(profile).filter((draft) => draft.id !== id); }

  return {
    /** A draft is {id, card, comment, verdict, chips}. */
    keep(profile, draft) { write(profile, [draft, ...others(profile, draft.id)].slice(0, 24)); },
    forget(profile, id) { write(profile, others(profile, id)); },
    find(profile, id) { return read(profile).find((draft) => draft.id === id) ?? null; },
    last(profile) { return read(profile)[0] ?? null; },
    /** Put a card in front, on whichever page it lies: the Rater takes it now or when it is drawn. */
    open(profile, card) {
      this.keep(profile, { id: card.id, card, comment: card.comment, verdict: card.verdict, chips: card.chosen });
      document.dispatchEvent(new CustomEvent("studio:reopen", { detail: { profile, card } }));
    },
  };
})();

// Answers on their way to the studio: in order, kept in the page and in local storage until saved.
"use strict";
studio.outbox = (server, onSaved, onCount, NAME = "studio.outbox") => {
  const RETRY_MS = 5000;
  let waiting = read();
  let sending = null;
  let timer = null;

  function read() {
    try { return JSON.parse(localStorage.getItem(NAME)) ?? []; } catch { return []; }
  }
  function keep() { localStorage.setItem(NAME, JSON.stringify(waiting)); }

  async function sendAll() {
    while (waiting.length) {
      const item = waiting[0];
      try {
        const answer = await studio.ask(server.answer, item);
        done(item);
        onSaved(answer, item);
      } catch (error) {
        if (error instanceof studio.Refused) { done(item); onCount(1, error.message); return; }
        timer = window.setTimeout(now, RETRY_MS); // nobody answered: the answer stays
        onCount(waiting.length);
        throw error;
      }
    }
    onCount(0);
  }

  function done(item) {
    waiting = waiting.filter((each) => each.client_id !== item.client_id);
    keep();
  }

  function empty() {
    sending ??= sendAll().finally(() => { sending = null; });
    return sending;
  }

  function now() {
    window.clearTimeout(timer);
    if (waiting.length) empty().catch(() => {}); // the person has been told by onCount
  }

  return {
    put(item) { waiting.push(item); keep(); now(); },
    now,
    empty,
    isEmpty: () => waiting.length === 0,
    pictures: () => new Set(waiting.map((item) => item.picture)),
    pairs: () => new Set(waiting.map((item) => item.pair)),
  };
};

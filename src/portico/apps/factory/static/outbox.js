"use strict";
/* What was done at the tablet and is not known to be booked: kept on its disk until the server has said yes or no. */
Floor.outbox = (() => {
  const STORE = "entries";
  const database = new Promise((resolve, reject) => {
    const request = indexedDB.open("floor", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id", autoIncrement: true });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

  /* Resolves when it is on the disk: the battery may go at any time. */
  const change = async (what) => {
    const open = await database;
    return new Promise((resolve, reject) => {
      const transaction = open.transaction(STORE, "readwrite", { durability: "strict" });
      const request = what(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  };

  return {
    add: (entry) => change((store) => store.add({ ...entry, key: Floor.newKey(), made: new Date().toISOString() })),
    put: (entry) => change((store) => store.put(entry)),
    remove: (id) => change((store) => store.delete(id)),
    all: async () => {
      const open = await database;
      return new Promise((resolve, reject) => {
        const request = open.transaction(STORE).objectStore(STORE).getAll(); // in the order of their ids
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    },
  };
})();

/* The idempotency key: the server books what carries it once, however often it is sent. */
Floor.newKey = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return "tablet-" + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
};

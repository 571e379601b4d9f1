"use strict";
/* Keeps the operator page on the tablet, so that it opens without Wi-Fi. It keeps no data and answers no calls. */
const NAME = {{ name | tojson }};
const SHELL = {{ shell | tojson }};
const FILES = {{ files | tojson }};

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll([SHELL, ...FILES])));
});
self.addEventListener("activate", (event) => {
  const isOld = (name) => name.startsWith("floor-") && name !== NAME;
  const clean = caches.keys().then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name))));
  event.waitUntil(clean.then(() => self.clients.claim()));
});
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  const kept = event.request.mode === "navigate" && url.pathname === SHELL ? SHELL : FILES.includes(url.pathname) ? url.pathname : null;
  if (kept) event.respondWith(caches.match(kept).then((found) => found || fetch(event.request)));
});

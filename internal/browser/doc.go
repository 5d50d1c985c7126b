// Package browser opens pages in a real Chromium, for tests: it tells what the
// page logged, which dialogs it opened and what it asked the network for. It
// needs the build tag browser and a Chromium (make browser).
package browser

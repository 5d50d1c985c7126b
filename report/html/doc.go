// Package html makes report.html, one page for a night or for one log, that
// needs nothing but itself: no network, no server, no other file.
//
//  1. A Night holds judged rows and what was learned from them. From it comes a
//     document: plain structs with every figure and every word that the page
//     shows. Savings, ratios, intervals, coverage: all of it is computed here.
//  2. The document becomes JSON inside the page: the fleet as it is, each
//     pipeline compressed for itself, to be unpacked when someone opens it.
//     That keeps a fleet of a thousand pipelines small and quick to open.
//  3. The scripts in assets/ choose units and draw; they compute nothing. Charts
//     are drawn by uPlot (assets/uplot, MIT), a copy of its release 1.6.32.
//
// Names, messages and plans come from logs that anyone may write. They reach
// the page as JSON and the document as text nodes, never as markup, and a
// content security policy allows the page's own scripts by their hashes and no
// connection at all. Same night, same bytes.
package html

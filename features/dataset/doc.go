// Package dataset keeps the training set: immutable Arrow files and one
// manifest that names them.
//
//  1. A row is a Go struct. Its tags are the data contract: `json` names the
//     column, `unit`, `doc` and `from` become the Arrow field metadata.
//  2. A Tx collects appended, replaced and revised rows, writes them as new
//     Arrow IPC files (zstd) and then renames one new CURRENT into place.
//  3. Read gives rows back, whatever version of the tool wrote them: columns
//     they lack are null.
//
// What CURRENT names exists; every other file in the state directory is swept.
package dataset

// Package dataset keeps the training set: immutable Arrow files and one
// manifest that names them.
//
//  1. A row is a Go struct. Its tags are the data contract: `json` names the
//     column, `unit`, `doc` and `from` become the Arrow field metadata.
//  2. A Tx collects appended, replaced and revised rows, writes them as new
//     Arrow IPC files (zstd) and then renames one new CURRENT into place.
//  3. Read gives rows back, whatever version of the tool wrote them: columns
//     they lack are null.
//  4. Export, Head and Stats look at the same files without the Go types.
//
// What CURRENT names exists; every other file in the state directory is swept.
//
// # Values
//
// What is written is what is read, with these exceptions. Times are kept in
// UTC and to the millisecond, as Spark logs them; the zero time is null. Text
// is UTF-8: bytes that are not become U+FFFD. A float64 must be finite; NaN and
// infinities are errors that name the column. A nil slice or map is null and
// comes back as nil; an empty one stays empty. What an unknown null.Null holds is
// not kept.
//
// # The state directory
//
//	CURRENT                     {"format": 1, "tables": {"runs": [{"file", "rows", "bytes", "sha256"}, …]}}
//	data/<table>-<hash>.arrow   rows, in the order of CURRENT; hash: the first 16 digits of sha256
//	lock                        held while a Tx is open; says by whom
//
// Files other than these are not touched.
package dataset

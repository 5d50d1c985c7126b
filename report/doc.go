// Package report turns runs and decisions into what people use: properties
// files, text and JSON.
//
//  1. Each report is first built as a document: a value that holds every
//     figure and every word in the order in which they are shown. Inspect and
//     Diff select and sum rows there, Summary sorts and groups pipelines.
//  2. The document is then rendered, as text or as JSON. Renderers choose
//     units, align columns and cut long lines; they compute nothing.
//  3. ConfFiles writes overrides.conf and spark-defaults.conf of a pipeline;
//     Recommendations writes recommendations.json, Summary summary.txt, and
//     package html below this one report.html.
//
// Text is at most 100 columns wide and made to be pasted into a ticket. Names,
// messages and plans come from logs that anyone may write: whatever a terminal
// would obey is escaped, in text and in JSON. Same values, same bytes.
package report

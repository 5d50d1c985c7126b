package eventlog

// Options bound what a log may cost. The zero value gives the defaults.
type Options struct {
	MaxLine    int   // longest line in bytes; default 64 MiB
	MaxDecoded int64 // most decoded bytes of a log; default 1 TiB
	MaxDepth   int   // deepest JSON nesting; default 512
}

// A Reader yields the records of one log. It is not safe for concurrent use;
// read many logs with many Readers.
type Reader struct{}

// Open starts reading log. Nothing is read before the first Scan; call Close
// when done, also after an error.
func Open(log Log, opt Options) *Reader { panic("eventlog.Open") }

// Scan reads the next record. It returns false at the end of the log or when
// reading cannot go on: see Err.
func (r *Reader) Scan() bool { return false }

// Record returns what Scan read. A *TaskStart or *TaskEnd is reused by the next
// Scan, with its slices; use Clone to keep one. Other records are the caller's.
func (r *Reader) Record() Record { return nil }

// Err is nil after a clean end, else a *LogError.
func (r *Reader) Err() error { return nil }

// Stats are the totals so far.
func (r *Reader) Stats() Stats { return Stats{} }

// Close releases the open part and the decoder.
func (r *Reader) Close() error { return nil }

// Stats counts what a Reader has seen.
type Stats struct {
	Lines, Events, Malformed int64
	Unknown                  map[string]int64 // unknown events by name
	StoredBytes              int64            // read from the parts
	DecodedBytes             int64
	Codecs                   []string // distinct framings met, in order: plain, gzip, zstd, lz4, snappy, lzf
}

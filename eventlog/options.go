package eventlog

// Options bound what a log may cost. The zero value gives the defaults.
type Options struct {
	MaxLine    int   // longest line in bytes; default 64 MiB
	MaxDecoded int64 // most decoded bytes of a log; default 1 TiB
	MaxDepth   int   // deepest JSON nesting; default 1000, the limit of Spark's own parser (Jackson)
}

func (o Options) withDefaults() Options {
	if o.MaxLine <= 0 {
		o.MaxLine = 64 << 20
	}
	if o.MaxDecoded <= 0 {
		o.MaxDecoded = 1 << 40
	}
	if o.MaxDepth <= 0 {
		o.MaxDepth = 1000
	}
	return o
}

// Stats counts what a Reader has seen.
type Stats struct {
	Lines, Events, Malformed int64
	DecodedBytes             int64
}

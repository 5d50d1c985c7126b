package eventlog

// Bounds of an interner: a log has few names, a hostile one has many.
const (
	maxInterned    = 8192
	maxInternedLen = 256
)

// An interner gives equal strings one memory. It is bounded; beyond its bounds
// strings are simply allocated.
type interner map[string]string

func (in *interner) get(b []byte) string {
	if s, ok := (*in)[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(*in) < maxInterned && len(b) <= maxInternedLen {
		if *in == nil {
			*in = make(interner)
		}
		(*in)[s] = s
	}
	return s
}

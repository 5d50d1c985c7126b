package replay

import "fmt"

// A squeeze is what shuffle compression does to a raw byte: its size, and the
// seconds that a MB takes to pack and unpack. The figures are believed, not
// seen: rows differ, and so do codecs' levels.
type squeeze struct {
	size, seconds float64
}

var squeezes = map[string]squeeze{
	"lz4": {0.50, 0.003}, "snappy": {0.52, 0.003}, "lzf": {0.55, 0.006}, "zstd": {0.38, 0.010},
}

// squeezeSpread is the sd of the logarithm of a difference in seconds.
const squeezeSpread = 0.7

// squeezeOf is the settings'. A codec that is not known counts as lz4, the default.
func squeezeOf(v values) squeeze {
	if !v.bool("spark.shuffle.compress", true) {
		return squeeze{1, 0}
	}
	if s, ok := squeezes[v.text("spark.io.compression.codec")]; ok {
		return s
	}
	return squeezes["lz4"]
}

// recompress is what another codec makes of a stage's shuffled bytes, in
// seconds of its slot time; written and read are in the plan's bytes.
func (p *plan) recompress(s *planned, read float64) float64 {
	had, at := p.run.had.squeeze, p.at.squeeze
	if had == at {
		return 0
	}
	raw := (s.demand[writeShuffle]*mb + read) / at.size
	return raw / mb / 2 * (at.seconds - had.seconds)
}

// codecNote tells how the shuffles' size changes.
func (p *plan) codecNote() {
	if had, at := p.run.had.squeeze.size, p.at.squeeze.size; had != at {
		p.notes = append(p.notes, note{text: fmt.Sprintf("shuffle bytes %+.0f %%: another codec", 100*(at/had-1)), kind: Prior})
	}
}

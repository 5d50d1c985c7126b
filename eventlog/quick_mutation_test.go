package eventlog

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestQuickUnderMutation damages real lines in many small ways: whatever comes
// out, the three readers agree on it.
func TestQuickUnderMutation(t *testing.T) {
	var seeds [][]byte
	for _, name := range []string{"b_v334_single", "b_v401_single", "a_codec_none", "e_oom_recovers", "h_speculation", "h_fetchfailed_files_deleted", "j_rdd_only"} {
		n := 0
		fixtureLines(t, "../fixtures/logs/"+name+"/*", func(_ string, line []byte) {
			if bytes.HasPrefix(line, []byte(`{"Event":"SparkListenerTask`)) && n < 40 {
				n++
				seeds = append(seeds, bytes.Clone(line))
			}
		})
	}
	rng := rand.New(rand.NewPCG(1, 2))
	r := newReaders()
	rounds := 30_000
	if *torture {
		rounds = 1_000_000
	}
	for range rounds {
		line := bytes.Clone(seeds[rng.IntN(len(seeds))])
		for range 1 + rng.IntN(3) {
			line = mutate(rng, line, seeds)
		}
		r.agree(t, line)
	}
	t.Logf("the quick path took %d", r.quickly)
	if r.quickly < 1000 {
		t.Errorf("only %d mutated lines still took the quick path: the test tests nothing", r.quickly)
	}
}

// mutate changes a line as damage, other tools or a hostile user might.
func mutate(rng *rand.Rand, line []byte, seeds [][]byte) []byte {
	if len(line) < 2 {
		return line
	}
	i := rng.IntN(len(line))
	switch rng.IntN(9) {
	case 0: // flip a bit
		line[i] ^= 1 << rng.IntN(8)
	case 1: // another digit, or a digit more
		for k := range line[i:] {
			if c := line[i+k]; c >= '0' && c <= '9' {
				insert := []string{"0", "7", "-1", "1.5", "2e3", "1e2.", "99999999999999999999", "null", `"12"`, "00"}[rng.IntN(10)]
				return append(line[:i+k:i+k], append([]byte(insert), line[i+k+rng.IntN(2):]...)...)
			}
		}
	case 2: // delete a piece
		j := min(len(line), i+1+rng.IntN(30))
		return append(line[:i:i], line[j:]...)
	case 3: // insert something
		insert := []string{`,"Event":"SparkListenerTaskStart"`, `\u0041`, `é`, "\xff", " ", "\t", `,"Metadata":"sql"`, `,"Task Metrics":{`,
			`"`, `\"`, "\x00", `,"x":[1,{"y":null}]`, `,"Index":3`, `{"ID":1,"Name":"a","Update":1,"Value":2,"Internal":false,"Count Failed Values":true},`, "{}", "[]"}[rng.IntN(16)]
		return append(line[:i:i], append([]byte(insert), line[i:]...)...)
	case 4: // a piece of another line
		other := seeds[rng.IntN(len(seeds))]
		j := rng.IntN(len(other))
		k := min(len(other), j+rng.IntN(200))
		return append(line[:i:i], append(bytes.Clone(other[j:k]), line[i:]...)...)
	case 5: // members after a comma exchanged
		parts := bytes.SplitN(line[i:], []byte(","), 4)
		if len(parts) == 4 {
			return bytes.Join([][]byte{line[:i], bytes.Join([][]byte{parts[0], parts[2], parts[1], parts[3]}, []byte(","))}, nil)
		}
	case 6: // cut
		return line[:i]
	case 7: // one word for another
		words := []string{"driver", "localhost", "PROCESS_LOCAL", "true", "false", "Success", "internal.metrics.", "sql", "Update", "Value", "Index", "Attempt", "Partition ID", "0"}
		return bytes.Replace(line, []byte(words[rng.IntN(len(words))]), []byte(words[rng.IntN(len(words))]), 1+rng.IntN(2))
	case 8: // a number becomes another one
		return bytes.Replace(line, []byte(":0,"), []byte([]string{":17,", ":-3,", ":123456789012345678,", ":1234567890123456789,", ":true,", ":null,"}[rng.IntN(6)]), 1+rng.IntN(5))
	}
	return line
}

func FuzzTask(f *testing.F) {
	for _, name := range []string{"b_v334_single", "b_v401_single", "e_oom_recovers", "h_fetchfailed_files_deleted"} {
		n := 0
		fixtureLines(f, "../fixtures/logs/"+name+"/*", func(_ string, line []byte) {
			if bytes.HasPrefix(line, []byte(`{"Event":"SparkListenerTask`)) && len(line) < 5000 && n < 6 {
				n++
				f.Add(bytes.Clone(line))
			}
		})
	}
	for _, line := range append(slowLines, quickLine) {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if bytes.IndexByte(line, '\n') >= 0 {
			return
		}
		r := newReaders()
		r.agree(t, line)
		r.agree(t, line) // what was learned the first time must not mislead
	})
}

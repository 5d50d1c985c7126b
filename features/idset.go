package features

import "slices"

// An idSet remembers which ids it has seen as intervals: task ids are dense
// and nearly sorted, so a log of any length needs a handful.
type idSet []idRange

type idRange struct{ lo, hi int64 } // inclusive

// idSetLimit bounds the set against a log with ids far apart. Beyond it the
// lowest gap closes, which makes the ids in it seen.
const idSetLimit = 4096

// add inserts id and reports whether it is new.
func (s *idSet) add(id int64) bool {
	r := *s
	if n := len(r); n > 0 && r[n-1].hi == id-1 {
		r[n-1].hi = id
		return true
	}
	i, _ := slices.BinarySearchFunc(r, id, func(e idRange, id int64) int {
		switch {
		case e.hi < id:
			return -1
		case e.lo > id:
			return 1
		}
		return 0
	})
	if i < len(r) && r[i].lo <= id && id <= r[i].hi {
		return false
	}
	left := i > 0 && r[i-1].hi == id-1
	right := i < len(r) && r[i].lo == id+1
	switch {
	case left && right:
		r[i-1].hi = r[i].hi
		r = slices.Delete(r, i, i+1)
	case left:
		r[i-1].hi = id
	case right:
		r[i].lo = id
	default:
		r = slices.Insert(r, i, idRange{id, id})
		if len(r) > idSetLimit {
			r[1].lo = r[0].lo
			r = slices.Delete(r, 0, 1)
		}
	}
	*s = r
	return true
}

package features

// A tickQueue hands out the earliest of the ticks in it. Most ticks come in the
// order of time and line up behind the newest one; only those that come late go
// through a heap.
type tickQueue struct {
	inOrder []tick // from first on
	first   int
	late    []tick // a binary heap, the earliest at its root
}

func (q *tickQueue) len() int { return len(q.inOrder) - q.first + len(q.late) }

func (q *tickQueue) push(t tick) {
	if n := len(q.inOrder); n > q.first && t.at < q.inOrder[n-1].at {
		q.pushLate(t)
		return
	}
	if len(q.inOrder) == cap(q.inOrder) && q.first > len(q.inOrder)/2 { // else let it grow
		q.inOrder = q.inOrder[:copy(q.inOrder, q.inOrder[q.first:])]
		q.first = 0
	}
	q.inOrder = append(q.inOrder, t)
}

// pop takes the earliest tick out of a queue that is not empty.
func (q *tickQueue) pop() tick {
	if q.first < len(q.inOrder) && (len(q.late) == 0 || q.inOrder[q.first].at <= q.late[0].at) {
		q.first++
		return q.inOrder[q.first-1]
	}
	return q.popLate()
}

func (q *tickQueue) pushLate(t tick) {
	q.late = append(q.late, t)
	h := q.late
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if h[parent].at <= h[i].at {
			break
		}
		h[parent], h[i] = h[i], h[parent]
		i = parent
	}
}

func (q *tickQueue) popLate() tick {
	h := q.late
	top, n := h[0], len(h)-1
	h[0], h[n] = h[n], tick{}
	h = h[:n]
	for i := 0; ; {
		child := 2*i + 1
		if child >= n {
			break
		}
		if child+1 < n && h[child+1].at < h[child].at {
			child++
		}
		if h[i].at <= h[child].at {
			break
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
	q.late = h
	return top
}

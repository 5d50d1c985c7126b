package eventlog

// An accumShape is how an accumulator was written last: tasks of a stage repeat
// it, but for the numbers. A text that equals it needs no parsing. The name is
// at most maxName long and all else in the texts is Spark's, so they are short.
// Tasks of a stage also list their accumulators in the same order, so what stood
// between the numbers and those of the next accumulator is one more such text.
type accumShape struct {
	head, tail []byte // `,"Name":"…","Update":` and `,"Internal":…}`, which is empty until a whole one was read
	link       []byte // tail, `,{"ID":`, id and head of next
	next       *accumShape
}

// accumulables passes over what follows the opening bracket, and the closing one:
// no column is made of a task's accumulators, and they are half of a line's text.
func (q *quick) accumulables(b []byte, i int) int {
	if j := lit(b, i, "]"); j > 0 {
		return j
	}
	shape, i := q.accumHead(b, i)
	for {
		from := passValues(b, i)
		if i = same(b, from, shape.link); i > 0 {
			shape = shape.next
			continue
		}
		if i = same(b, from, shape.tail); i < 0 {
			i = shape.learnTail(b, from)
		}
		if i < 0 || i >= len(b) || b[i] != ',' {
			return lit(b, i, "]")
		}
		last := shape
		if shape, i = q.accumHead(b, i+1); i < 0 {
			return -1
		}
		last.link, last.next = append(last.link[:0], b[from:i]...), shape
	}
}

// accumHead passes over an accumulator up to its numbers.
func (q *quick) accumHead(b []byte, from int) (*accumShape, int) {
	id, i := number(b, lit(b, from, `{"ID":`))
	shape := &q.accums[uint(id)%uint(len(q.accums))]
	if j := same(b, i, shape.head); j > 0 {
		return shape, j
	}
	return shape, shape.learnHead(b, i) // another accumulator, or none yet
}

// learnHead remembers how an accumulator was written, up to its numbers.
func (s *accumShape) learnHead(b []byte, from int) int {
	i := lit(b, from, `,"Name":"`)
	end := stringEnd(b, i)
	if end-i > maxName {
		return -1
	}
	if i = lit(b, end, `","Update":`); i > 0 {
		*s = accumShape{head: append(s.head[:0], b[from:i]...), tail: s.tail[:0], link: s.link[:0]}
	}
	return i
}

// learnTail remembers how it was written behind them.
func (s *accumShape) learnTail(b []byte, from int) int {
	_, i := boolean(b, lit(b, from, `,"Internal":`))
	_, i = boolean(b, lit(b, i, `,"Count Failed Values":`))
	if i = lit(b, max(i, lit(b, i, `,"Metadata":"sql"`)), "}"); i > 0 {
		s.tail, s.link = append(s.tail[:0], b[from:i]...), s.link[:0]
	}
	return i
}

// passValues passes over an accumulator's numbers and what is between them. At
// the end of the text it gives up.
func passValues(b []byte, i int) int {
	const between, quoted = `,"Value":`, `","Value":"`
	if i < 0 || len(b)-i < 2*(maxDigits+8)+len(quoted) {
		return -1
	}
	if b[i] != '"' {
		if i = passNumber(b, i); i < 0 || string(b[i:i+len(between)]) != between {
			return -1
		}
		return passNumber(b, i+len(between))
	}
	if i++; b[i] == '-' {
		i++
	}
	if i = passNumber(b, i); i < 0 || string(b[i:i+len(quoted)]) != quoted {
		return -1
	}
	if i += len(quoted); b[i] == '-' {
		i++
	}
	if i = passNumber(b, i); i < 0 || b[i] != '"' {
		return -1
	}
	return i + 1
}

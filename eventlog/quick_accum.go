package eventlog

import "bytes"

// An accumShape is how an accumulator was written last: tasks of a stage repeat
// it, but for the numbers. A text that equals it needs no parsing. The name is
// at most maxName long and all else in the texts is Spark's, so they are short.
type accumShape struct {
	version  int    // of head: which one that was learned
	head     []byte // `,"Name":"…","Update":`
	tail     []byte // `,"Internal":…}`, empty until a whole one was read
	name     string
	internal bool
	sql      bool
	link     accumLink
}

// An accumLink is what stood behind an accumulator's numbers up to those of the
// next one: tasks of a stage also list their accumulators in the same order.
type accumLink struct {
	text    []byte // tail, `,{"ID":`, id and the next one's head
	id      int64
	next    *accumShape
	version int // of next when the link was made; another one breaks it
}

// accumulables reads what follows the opening bracket, and the closing one.
func (q *quick) accumulables(b []byte, i int, t *TaskInfo) int {
	if j := lit(b, i, "]"); j > 0 {
		return j
	}
	shape, id, i := q.accumHead(b, i)
	for i > 0 {
		a := Accumulable{ID: id}
		unwanted := shape.internal || q.skipAccums
		if unwanted {
			i = passValues(b, i)
		} else {
			a.Update, i = quotable(b, i)
			a.Value, i = quotable(b, lit(b, i, `,"Value":`))
		}
		if i < 0 {
			return -1
		}
		from, link := i, &shape.link
		linked := link.next != nil && link.version == link.next.version && bytes.HasPrefix(b[i:], link.text)
		if !linked {
			if i = same(b, from, shape.tail); i < 0 {
				i = q.learnTail(b, from, shape)
			}
			if i < 0 || i >= len(b) {
				return -1
			}
		}
		if !unwanted {
			a.Name, a.SQL = shape.name, shape.sql
			t.Accumulables = append(t.Accumulables, a)
		}
		if linked {
			i += len(link.text)
			shape, id = link.next, link.id
			continue
		}
		switch b[i] {
		case ',':
			last := shape
			if shape, id, i = q.accumHead(b, i+1); i > 0 {
				last.follow(shape, id, b[from:i])
			}
		case ']':
			return i + 1
		default:
			return -1
		}
	}
	return -1
}

// accumHead reads an accumulator up to its numbers.
func (q *quick) accumHead(b []byte, from int) (shape *accumShape, id int64, i int) {
	id, i = number(b, lit(b, from, `{"ID":`))
	if i < 0 {
		return nil, 0, -1
	}
	shape = &q.accums[uint(id)%uint(len(q.accums))]
	if j := same(b, i, shape.head); j > 0 {
		return shape, id, j
	}
	return shape, id, q.learnHead(b, i, shape) // another accumulator, or none yet
}

// learnHead reads the name of an accumulator and remembers how it was written.
func (q *quick) learnHead(b []byte, from int, shape *accumShape) int {
	var name string
	i := q.name(b, lit(b, from, `,"Name":"`), &name)
	i = lit(b, i, `,"Update":`)
	if i < 0 || name == "" {
		return -1
	}
	q.heads++
	*shape = accumShape{
		version: q.heads, head: append(shape.head[:0], b[from:i]...), tail: shape.tail[:0],
		name: name, internal: isInternal(name), link: accumLink{text: shape.link.text},
	}
	return i
}

// learnTail reads what follows an accumulator's numbers, and remembers it.
func (q *quick) learnTail(b []byte, from int, shape *accumShape) int {
	_, i := boolean(b, lit(b, from, `,"Internal":`))
	_, i = boolean(b, lit(b, i, `,"Count Failed Values":`))
	j := lit(b, i, `,"Metadata":"sql"`)
	sql := j > 0
	if i = lit(b, max(i, j), "}"); i > 0 {
		shape.tail, shape.sql, shape.link.next = append(shape.tail[:0], b[from:i]...), sql, nil
	}
	return i
}

// follow remembers what stood between s and the accumulator behind it. One that
// took the place of s itself is none to remember.
func (s *accumShape) follow(next *accumShape, id int64, text []byte) {
	if next != s {
		s.link = accumLink{append(s.link.text[:0], text...), id, next, next.version}
	}
}

// quotable reads an integer that may stand in quotes, as those of SQL metrics do.
func quotable(b []byte, i int) (n int64, next int) {
	if i < 0 || i >= len(b) || b[i] != '"' {
		return number(b, i)
	}
	sign := int64(1)
	if i++; i < len(b) && b[i] == '-' {
		sign, i = -1, i+1
	}
	n, i = number(b, i)
	if i < 0 || i >= len(b) || b[i] != '"' {
		return 0, -1
	}
	return sign * n, i + 1
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

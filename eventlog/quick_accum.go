package eventlog

// An accumShape is how an accumulator was written last: tasks of a stage repeat
// it, but for the numbers. A text that equals it needs no parsing.
type accumShape struct {
	head     string // `,"Name":"…","Update":`
	tail     string // `,"Internal":…}`, empty until a whole one was read
	name     string
	internal bool
	sql      bool
}

// accumulables reads what follows the opening bracket, and the closing one.
func (q *quick) accumulables(b []byte, i int, t *TaskInfo) int {
	if j := lit(b, i, "]"); j > 0 {
		return j
	}
	for i > 0 {
		var a Accumulable
		a.ID, i = number(b, lit(b, i, `{"ID":`))
		if i < 0 {
			return -1
		}
		shape := &q.accums[uint(a.ID)%uint(len(q.accums))]
		j := lit(b, i, shape.head)
		if j <= i { // another accumulator, or none yet
			if j = q.learnHead(b, i, shape); j < 0 {
				return -1
			}
		}
		a.Update, i = quotable(b, j)
		a.Value, i = quotable(b, lit(b, i, `,"Value":`))
		if j = lit(b, i, shape.tail); j <= i {
			if j = q.learnTail(b, i, shape); j < 0 {
				return -1
			}
		}
		if !shape.internal {
			a.Name, a.SQL = shape.name, shape.sql
			t.Accumulables = append(t.Accumulables, a)
		}
		if j >= len(b) {
			return -1
		}
		i = j + 1
		switch b[j] {
		case ',':
		case ']':
			return i
		default:
			return -1
		}
	}
	return -1
}

// learnHead reads the name of an accumulator and remembers how it was written.
func (q *quick) learnHead(b []byte, from int, shape *accumShape) int {
	var name string
	i := q.name(b, lit(b, from, `,"Name":"`), &name)
	i = lit(b, i, `,"Update":`)
	if i < 0 || name == "" {
		return -1
	}
	*shape = accumShape{head: q.names.get(b[from:i]), name: name, internal: isInternal(name)}
	return i
}

// learnTail reads what follows an accumulator's numbers, and remembers it.
func (q *quick) learnTail(b []byte, from int, shape *accumShape) int {
	_, i := boolean(b, lit(b, from, `,"Internal":`))
	_, i = boolean(b, lit(b, i, `,"Count Failed Values":`))
	j := lit(b, i, `,"Metadata":"sql"`)
	sql := j > 0
	if i = lit(b, max(i, j), "}"); i > 0 {
		shape.tail, shape.sql = q.names.get(b[from:i]), sql
	}
	return i
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

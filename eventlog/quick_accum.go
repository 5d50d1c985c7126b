package eventlog

// An accumShape is how an accumulator was written last: tasks of a stage repeat
// it, but for the numbers. A text that equals it needs no parsing.
type accumShape struct {
	head     string // `,"Name":"…","Update":`
	name     string
	internal bool
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
			if j = q.learn(b, i, shape); j < 0 {
				return -1
			}
		}
		a.Name = shape.name
		a.Update, i = quotable(b, j)
		a.Value, i = quotable(b, lit(b, i, `,"Value":`))
		if j = lit(b, i, `,"Internal":true,"Count Failed Values":true`); j < 0 {
			_, i = boolean(b, lit(b, i, `,"Internal":`))
			_, j = boolean(b, lit(b, i, `,"Count Failed Values":`))
		}
		if i = lit(b, j, `,"Metadata":"sql"`); i > 0 {
			a.SQL = true
		} else {
			i = j
		}
		i = lit(b, i, "}")
		if !shape.internal {
			t.Accumulables = append(t.Accumulables, a)
		}
		if i < 0 || i >= len(b) {
			return -1
		}
		i++
		switch b[i-1] {
		case ',':
		case ']':
			return i
		default:
			return -1
		}
	}
	return -1
}

// learn reads the name of an accumulator and remembers how it was written.
func (q *quick) learn(b []byte, from int, shape *accumShape) int {
	var name string
	i := q.name(b, lit(b, from, `,"Name":"`), &name)
	i = lit(b, i, `,"Update":`)
	if i < 0 || name == "" {
		return -1
	}
	*shape = accumShape{head: q.names.get(b[from:i]), name: name, internal: isInternal(name)}
	return i
}

// quotable reads an integer that may stand in quotes, as those of SQL metrics do.
func quotable(b []byte, i int) (n int64, next int) {
	if j := lit(b, i, `"`); j > 0 {
		if k := lit(b, j, "-"); k > 0 {
			n, k = number(b, k)
			return -n, lit(b, k, `"`)
		}
		n, j = number(b, j)
		return n, lit(b, j, `"`)
	}
	return number(b, i)
}

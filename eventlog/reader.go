package eventlog

import (
	"errors"
	"fmt"
	"io"

	"github.com/spark-apprentice/apprentice/eventlog/codec"
	"github.com/spark-apprentice/apprentice/eventlog/internal/jsonscan"
)

// A Reader yields the records of one log. It is not safe for concurrent use;
// read many logs with many Readers.
//
// A damaged part of a rolling log costs what is behind the damage in that part;
// the parts after it are still read, and Err tells of the first damage.
type Reader struct {
	log    Log
	parser *parser
	quick  *quick // nil if MaxDepth forbids what it accepts
	lines  lines
	text   bounded
	file   io.ReadCloser
	part   int // parts opened
	pos    Pos
	rec    Record
	err    *LogError
	done   bool
	alien  int  // lines before the first event that were none of Spark's
	spark  bool // an event of Spark was seen
	stats  Stats
}

// Open starts reading log. Nothing is read before the first Scan; call Close
// when done, also after an error.
func Open(log Log, opt Options) *Reader {
	opt = opt.withDefaults()
	r := &Reader{log: log, parser: newParser(opt)}
	if opt.MaxDepth >= quickDepth {
		r.quick = newQuick(r.parser)
	}
	r.lines.max, r.text.max = opt.MaxLine, opt.MaxDecoded
	return r
}

// Scan reads the next record. It returns false at the end of the log or when
// reading cannot go on: see Err.
func (r *Reader) Scan() bool {
	r.rec = nil
	for !r.done {
		if r.file == nil {
			r.nextPart()
			continue
		}
		if r.task(r.lines.window()) {
			return true
		}
		line, whole, skipped, err := r.lines.next()
		if err != nil {
			r.endPart(err)
			continue
		}
		r.pos.Line++
		r.stats.Lines++
		if skipped > 0 {
			r.bad(&SyntaxError{Pos: r.pos, Msg: fmt.Sprintf("line of %d bytes is longer than the limit of %d", skipped, r.lines.max)})
			return true
		}
		if line = trim(line, r.pos.Line == 1); len(line) == 0 {
			continue
		}
		if r.parse(line, whole) {
			return true
		}
	}
	return false
}

// task tries the quick way on the text at hand.
func (r *Reader) task(text []byte) bool {
	if r.quick == nil {
		return false
	}
	r.pos.Line++
	rec, n := r.quick.task(text, r.pos)
	if n == 0 || n > r.lines.max {
		r.pos.Line--
		return false
	}
	r.lines.advance(n)
	r.stats.Lines++
	r.stats.Events++
	r.spark = true
	r.rec = rec
	return true
}

// parse makes the record of a line. It reports false where there is none: the
// rest of a line that was cut off.
func (r *Reader) parse(line []byte, whole bool) bool {
	rec, foreign := r.parser.parse(line, r.pos)
	if e, bad := rec.(*SyntaxError); bad {
		if !whole && (r.lines.err != io.EOF || r.parser.cutOff()) {
			if r.lines.err == io.EOF {
				r.damage(fmt.Errorf("%w: the last line has no end", ErrTruncated))
			}
			return false
		}
		r.bad(e)
		if what := lookalike(line); what != "" && !r.spark && r.alien == 1 {
			r.stop(fmt.Errorf("%w: it looks like %s", ErrNotEventLog, what))
		}
		return true
	}
	r.stats.Events++
	if foreign {
		r.strange()
	} else {
		r.spark = true
	}
	r.rec = rec
	return true
}

// bad makes a SyntaxError the record.
func (r *Reader) bad(e *SyntaxError) {
	r.rec = e
	r.stats.Malformed++
	r.strange()
}

// maxStrange is after how many lines without a Spark event a file is no event log.
const maxStrange = 20

func (r *Reader) strange() {
	if r.spark {
		return
	}
	if r.alien++; r.alien >= maxStrange {
		r.stop(fmt.Errorf("%w: none of the first %d lines is a Spark event", ErrNotEventLog, r.alien))
	}
}

// nextPart opens the next part, or ends the log.
func (r *Reader) nextPart() {
	if r.part == len(r.log.Parts) {
		r.done = true
		switch {
		case r.err != nil || r.spark:
		case r.alien > 0:
			r.damage(fmt.Errorf("%w: none of its %d lines is a Spark event", ErrNotEventLog, r.alien))
		default:
			r.damage(ErrEmpty)
		}
		return
	}
	part := r.log.Parts[r.part]
	r.part++
	r.pos = Pos{Part: part.Name}
	file, err := part.Open()
	if err != nil {
		r.stop(err)
		return
	}
	r.file = file
	if r.text.dec == nil {
		r.text.dec = codec.NewReader(file)
	} else {
		r.text.dec.Reset(file)
	}
	r.text.part = 0
	r.lines.reset(&r.text)
}

// endPart closes the present part, whose text ended with err.
func (r *Reader) endPart(err error) {
	r.closePart()
	switch {
	case err == io.EOF:
	case errors.Is(err, codec.ErrTruncated):
		r.damage(fmt.Errorf("%w: %w", ErrTruncated, err))
	case errors.Is(err, codec.ErrCorrupt):
		r.damage(fmt.Errorf("%w: %w", ErrCorrupt, err))
	case errors.Is(err, codec.ErrTooLarge):
		r.damage(fmt.Errorf("%w: %w", ErrTooLarge, err))
	default:
		r.stop(err)
	}
}

func (r *Reader) closePart() {
	if r.file != nil {
		r.file.Close()
		r.file = nil
	}
}

// damage notes the first thing wrong with the log; reading goes on.
func (r *Reader) damage(err error) {
	if r.err != nil {
		return
	}
	r.err = &LogError{Pos: r.pos, Offset: -1, Err: err}
	if e := (*codec.Error)(nil); errors.As(err, &e) {
		r.err.Offset = e.Offset
	} else if r.text.dec != nil {
		r.err.Offset = r.text.dec.Offset()
	}
	if r.err.Pos.Part == "" {
		r.err.Pos.Part = r.log.Name
	}
}

// stop ends reading because of err, which says more than damage before.
func (r *Reader) stop(err error) {
	r.err = nil
	r.damage(err)
	r.done = true
	r.closePart()
}

// Record returns what Scan read. A *TaskStart or *TaskEnd is reused by the next
// Scan, with its UpdatedBlocks. Other records may be kept, but
// share their maps and slices with each other and with the Reader: do not change
// them.
func (r *Reader) Record() Record { return r.rec }

// Err is nil after a clean end, else a *LogError.
func (r *Reader) Err() error {
	if r.err == nil {
		return nil
	}
	return r.err
}

// Stats are the totals so far.
func (r *Reader) Stats() Stats {
	s := r.stats
	s.DecodedBytes = r.text.read
	return s
}

// Close releases the open part and the decoder.
func (r *Reader) Close() error {
	r.done = true
	r.closePart()
	if r.text.dec != nil {
		return r.text.dec.Close()
	}
	return nil
}

// cutOff reports whether the line failed only because it ends too early.
func (p *parser) cutOff() bool {
	e, ok := errors.AsType[*jsonscan.Error](p.s.Err())
	return ok && e.Short
}

package eventlog

import (
	"strings"

	"github.com/spark-apprentice/apprentice/eventlog/internal/jsonscan"
)

// A parser turns lines into Records. It is the general way: any order of
// fields, any escapes, every event. quick is the quick way for the two
// events that make up nearly all lines.
type parser struct {
	s     jsonscan.Scanner
	sub   jsonscan.Scanner // for JSON inside strings
	names interner         // keys, hosts, operators: short and repeated
	texts interner         // call sites with their stacks: long and repeated
	props memo[map[string]string]
	stack memo[string]
	rdds  memo[[]RDDInfo]
	depth int
	room  int // bytes of memory that the rest of the line may still take

	eventSeen bool // the Event field was read already
	start     TaskStart
	end       TaskEnd
}

func newParser(opt Options) *parser {
	return &parser{
		depth: opt.MaxDepth,
		names: newInterner(nameSlots, maxName), texts: newInterner(textSlots, maxText),
		props: newMemo[map[string]string](propsSlots, maxProps),
		stack: newMemo[string](stackSlots, maxStack), rdds: newMemo[[]RDDInfo](rddsSlots, maxRDDs),
	}
}

// fieldParsers parse the fields that follow the Event field, by the event's
// name without its package.
var fieldParsers = map[string]func(*parser, Pos) Record{
	"SparkListenerLogStart":                   (*parser).logStart,
	"DBCEventLoggingListenerMetadata":         (*parser).logStart,
	"SparkListenerApplicationStart":           (*parser).applicationStart,
	"SparkListenerApplicationEnd":             (*parser).applicationEnd,
	"SparkListenerEnvironmentUpdate":          (*parser).environmentUpdate,
	"SparkListenerResourceProfileAdded":       (*parser).resourceProfileAdded,
	"SparkListenerJobStart":                   (*parser).jobStart,
	"SparkListenerJobEnd":                     (*parser).jobEnd,
	"SparkListenerStageSubmitted":             (*parser).stageSubmitted,
	"SparkListenerStageCompleted":             (*parser).stageCompleted,
	"SparkListenerTaskStart":                  (*parser).taskStart,
	"SparkListenerTaskEnd":                    (*parser).taskEnd,
	"SparkListenerStageExecutorMetrics":       (*parser).stageExecutorMetrics,
	"SparkListenerExecutorAdded":              (*parser).executorAdded,
	"SparkListenerExecutorRemoved":            (*parser).executorRemoved,
	"SparkListenerBlockManagerAdded":          (*parser).blockManagerAdded,
	"SparkListenerBlockUpdated":               (*parser).blockUpdated,
	"SparkListenerUnpersistRDD":               (*parser).unpersistRDD,
	"SparkListenerSQLExecutionStart":          (*parser).sqlExecutionStart,
	"SparkListenerSQLExecutionEnd":            (*parser).sqlExecutionEnd,
	"SparkListenerSQLAdaptiveExecutionUpdate": (*parser).sqlAdaptiveExecutionUpdate,
	"SparkListenerDriverAccumUpdates":         (*parser).driverAccumUpdates,
}

// unread are the events that say nothing for any row. Excluded was called
// blacklisted before Spark 3.1, and both names were written until 4.0.
var unread = map[string]bool{
	"SparkListenerBlockManagerRemoved":         true,
	"SparkListenerSQLAdaptiveSQLMetricUpdates": true,
	"SparkListenerExecutorExcluded":            true,
	"SparkListenerExecutorExcludedForStage":    true,
	"SparkListenerNodeExcluded":                true,
	"SparkListenerNodeExcludedForStage":        true,
	"SparkListenerExecutorBlacklisted":         true,
	"SparkListenerExecutorBlacklistedForStage": true,
	"SparkListenerNodeBlacklisted":             true,
	"SparkListenerNodeBlacklistedForStage":     true,
}

// parse reads one line. foreign tells that the event, though well formed, has
// a name that no part of Spark would give it.
func (p *parser) parse(line []byte, pos Pos) (rec Record, foreign bool) {
	full, ok := p.eventName(line)
	if !ok {
		return &SyntaxError{Pos: pos, Msg: p.s.Err().Error()}, false
	}
	name := full[strings.LastIndexByte(full, '.')+1:]
	if fields := fieldParsers[name]; fields != nil {
		rec = fields(p, pos)
	} else {
		for p.s.Next() {
			p.other()
		}
		if unread[name] {
			rec = &Unread{Pos: pos, Name: name}
		} else {
			rec, foreign = &Unknown{Pos: pos, Name: name}, !sparkLike(full)
		}
	}
	if err := p.s.End(); err != nil {
		return &SyntaxError{Pos: pos, Msg: err.Error()}, false
	}
	return rec, foreign
}

// sparkLike tells events of Spark, its vendors and plugins from those of other
// programs that also log JSON lines with an Event field.
func sparkLike(name string) bool {
	return strings.Contains(name, "Spark") || strings.HasPrefix(name, "org.apache.") ||
		strings.HasPrefix(name, "com.databricks.") || strings.HasPrefix(name, "DBC")
}

// eventName leaves the scanner in the line's object, behind the Event field if
// that comes first, as Spark writes it, else at the first field.
func (p *parser) eventName(line []byte) (string, bool) {
	s := &p.s
	s.Reset(line, p.depth)
	p.eventSeen = false
	p.room = roomPerLine + roomPerByte*len(line)
	if !s.Object() {
		s.Fail("not an object")
		return "", false
	}
	name := ""
	for first := true; s.Next(); first = false {
		if string(s.Key()) != "Event" {
			s.Skip()
			continue
		}
		if name = p.name(); first && name != "" {
			p.eventSeen = true
			return name, s.Err() == nil
		}
	}
	if s.End() != nil {
		return "", false
	}
	if name == "" {
		s.Fail("no Event field")
		return "", false
	}
	s.Reset(line, p.depth)
	return name, s.Object()
}

// other reads a field that the event's parser does not know.
func (p *parser) other() {
	if string(p.s.Key()) == "Event" {
		if p.eventSeen {
			p.s.Fail("a second Event field")
			return
		}
		p.eventSeen = true
	}
	p.s.Skip()
}

// need fails the line where a field that identifies something is missing: a 0
// in its place would be counted as somebody else's.
func (p *parser) need(seen bool, field string) {
	if !seen && p.s.Err() == nil {
		p.s.Fail("no %s", field)
	}
}

func (p *parser) int() int       { return int(p.s.Int()) }
func (p *parser) millis() Millis { return Millis(p.s.Int()) }

// name reads a string of which there are few different ones.
func (p *parser) name() string { return p.names.get(p.s.Bytes()) }

// ints reads an array of integers.
func (p *parser) ints() []int {
	var out []int
	for ok := p.s.Array(); ok && p.s.More(); {
		out = add(p, out, p.int())
	}
	return out
}

// properties reads an object of strings that later lines repeat in part.
func (p *parser) properties() map[string]string { return p.strings(p.names.get) }

// settings reads an object of strings that later lines repeat as a whole.
func (p *parser) settings() map[string]string { return p.props.get(p, (*parser).properties) }

// environment reads an object of strings that stand in the log once.
func (p *parser) environment() map[string]string {
	return p.strings(func(b []byte) string { return string(b) })
}

// strings reads an object of strings. Values of other kinds are kept as text.
func (p *parser) strings(keep func([]byte) string) map[string]string {
	if !p.s.Object() {
		return nil
	}
	out := make(map[string]string)
	for p.s.Next() {
		p.take(mapEntry)
		key := keep(p.s.Key())
		switch p.s.Kind() {
		case jsonscan.String:
			out[key] = keep(p.s.Bytes())
		case jsonscan.Null:
			p.s.Skip()
			out[key] = ""
		default:
			out[key] = keep(p.s.Raw())
		}
	}
	return out
}

package features

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// A plan is one version of an execution's physical plan, taken apart twice:
//
//   - as a tree of logical operators, the same whatever the settings: its hash
//     is the plan's signature;
//   - as fragments, the parts between exchanges, each of which runs as one
//     stage. A stage belongs to the fragment whose accumulators it updated.
type plan struct {
	tree      []*operator
	operators int
	fragments []*fragment
	// byAccumulator and byScope find a stage's fragment.
	byAccumulator map[int64]*fragment
	byScope       map[string]*fragment
	joins         []joinNode
	aggregates    []aggregateNode
	scans         []*eventlog.PlanNode
	broadcasts    []*eventlog.PlanNode
}

// operator is a node of the logical tree.
type operator struct {
	name     string
	ordinal  int // in pre-order
	children []*operator
}

// fragment is the part of a plan that one stage runs.
type fragment struct {
	names   []string // physical operators, in plan order
	logical []*operator
	writes  string // exchange it feeds: shuffle, broadcast, cache, subquery; "" for the result
	reads   []*eventlog.PlanNode
	shuffle []*eventlog.PlanNode // AQEShuffleRead
	scans   []*eventlog.PlanNode
	// caches are the plans behind its InMemoryTableScans: they run in its
	// stage where the cache does not hold their result yet.
	caches []*fragment
}

type joinNode struct {
	fragment *fragment
	kind     string // physical
	rows     int64  // accumulator
}

// aggregateNode is a final aggregate over a shuffle and its partial one.
type aggregateNode struct {
	fragment *fragment
	groups   int64   // accumulator of the final aggregate's rows
	input    []int64 // accumulators of the rows that enter the partial one
}

func newPlan(root *eventlog.PlanNode) *plan {
	p := &plan{byAccumulator: map[int64]*fragment{}, byScope: map[string]*fragment{}}
	if root == nil {
		return p
	}
	p.tree = p.visit(root, p.fragment(""))
	for _, op := range p.tree {
		p.number(op)
	}
	return p
}

func (p *plan) fragment(writes string) *fragment {
	f := &fragment{writes: writes}
	p.fragments = append(p.fragments, f)
	return f
}

// visit adds a node to the fragment it runs in and returns its logical form.
func (p *plan) visit(n *eventlog.PlanNode, f *fragment) []*operator {
	r, name := roleOf(n)
	if r == roleDropped {
		return nil
	}
	physical := operatorName(baseName(n))
	if r != roleWrapper || shownWrappers[physical] {
		f.names = append(f.names, physical)
	}
	var children []*operator
	below := f
	switch r {
	case roleShuffle:
		f.reads = append(f.reads, n)
		below = p.fragment("shuffle")
		below.names = append(below.names, physical)
		p.claimExchange(n, f, below)
	case roleBroadcast:
		below = p.fragment("broadcast")
		below.names = append(below.names, physical)
		p.broadcasts = append(p.broadcasts, n)
		p.claim(n, below)
	case roleReused:
		f.reads = append(f.reads, n)
		return p.reused(n)
	case roleCache:
		p.claim(n, f)
		below = p.fragment("cache")
		f.caches = append(f.caches, below)
	case roleSubquery:
		below = p.fragment("subquery")
	default:
		p.claim(n, f)
		p.note(n, physical, f)
	}
	for _, c := range n.Children {
		children = append(children, p.visit(c, below)...)
	}
	if name == "" {
		return children
	}
	if name == "Aggregate" && len(children) == 1 && strings.HasPrefix(children[0].name, name) {
		// The two halves of one aggregation.
		f.logical = append(f.logical, children[0])
		return children
	}
	op := &operator{name: name + detail(name, n.Simple), children: children}
	f.logical = append(f.logical, op)
	return []*operator{op}
}

// reused returns the logical form of an exchange that stands elsewhere; its
// operators run there.
func (p *plan) reused(n *eventlog.PlanNode) []*operator {
	shadow := &plan{byAccumulator: map[int64]*fragment{}, byScope: map[string]*fragment{}}
	var ops []*operator
	for _, c := range n.Children {
		ops = append(ops, shadow.visit(c, &fragment{})...)
	}
	return ops
}

// note keeps the nodes whose metrics become columns.
func (p *plan) note(n *eventlog.PlanNode, physical string, f *fragment) {
	switch {
	case strings.HasPrefix(n.Name, "WholeStageCodegen"):
		p.byScope[n.Name] = f
	case physical == "AQEShuffleRead" || physical == "CustomShuffleReader":
		f.shuffle = append(f.shuffle, n)
	case isScan(physical):
		p.scans = append(p.scans, n)
		f.scans = append(f.scans, n)
	case strings.HasSuffix(physical, "Join") || physical == "CartesianProduct":
		p.joins = append(p.joins, joinNode{f, physical, metricID(n, outputRows)})
	case sameOperator[physical] == "Aggregate":
		if partial := belowShuffle(n); partial != nil {
			p.aggregates = append(p.aggregates, aggregateNode{f, metricID(n, outputRows), inputRows(partial)})
		}
	}
}

func (p *plan) claim(n *eventlog.PlanNode, f *fragment) {
	for _, m := range n.Metrics {
		p.byAccumulator[m.AccumulatorID] = f
	}
}

// claimExchange gives an exchange's write metrics to the stage before it and
// its read metrics to the stage after it (SQLShuffleWriteMetricsReporter,
// SQLShuffleReadMetricsReporter).
func (p *plan) claimExchange(n *eventlog.PlanNode, reader, writer *fragment) {
	for _, m := range n.Metrics {
		switch m.Name {
		case "data size", "number of partitions", "shuffle bytes written", "shuffle records written", "shuffle write time":
			p.byAccumulator[m.AccumulatorID] = writer
		default:
			p.byAccumulator[m.AccumulatorID] = reader
		}
	}
}

func (p *plan) number(op *operator) {
	op.ordinal = p.operators
	p.operators++
	for _, c := range op.children {
		p.number(c)
	}
}

// signature is the hash of the logical tree.
func (p *plan) signature() string {
	var b strings.Builder
	for _, op := range p.tree {
		op.write(&b)
	}
	return shortHash(b.String())
}

func (op *operator) write(b *strings.Builder) {
	b.WriteString(op.name)
	b.WriteByte('[')
	for _, c := range op.children {
		c.write(b)
		b.WriteByte(' ')
	}
	b.WriteByte(']')
}

// position says which of the plan's operators a fragment runs, by their place
// in the logical tree: the same on every night, and with most settings.
func (f *fragment) position() string {
	parts := make([]string, 0, len(f.logical)+1)
	for _, op := range f.logical {
		parts = append(parts, strconv.Itoa(op.ordinal)+op.name)
	}
	slices.Sort(parts)
	parts = append(parts, f.writes)
	return strings.Join(parts, " ")
}

// find returns the fragment that a stage ran, from the accumulators that its
// tasks updated, else from the scopes of its RDDs.
func (p *plan) find(updated []eventlog.Accumulable, rdds []eventlog.RDDInfo) *fragment {
	hits := map[*fragment]int{}
	for i := range updated {
		if f := p.byAccumulator[updated[i].ID]; f != nil {
			hits[f]++
		}
	}
	if len(hits) == 0 {
		for i := range rdds {
			if f := p.byScope[rdds[i].Scope]; f != nil {
				hits[f]++
			}
		}
	}
	var best, cache *fragment
	for _, f := range p.fragments {
		at := &best
		if f.writes == "cache" {
			at = &cache // counts only where nothing above the cache ran
		}
		if hits[f] > 0 && (*at == nil || hits[f] > hits[*at]) {
			*at = f
		}
	}
	if best == nil {
		return cache
	}
	return best
}

// filledCaches are the cached plans that a stage of this fragment computed.
func (p *plan) filledCaches(f *fragment, updated []eventlog.Accumulable) (filled []*fragment) {
	for _, c := range f.caches {
		for i := range updated {
			if p.byAccumulator[updated[i].ID] == c {
				filled = append(filled, c)
				break
			}
		}
	}
	return filled
}

// shortHash is the first 12 hexadecimal digits of SHA-256: 48 bits tell the
// plans of one installation apart.
func shortHash(parts ...string) string { return hash(6, parts...) }

// hash returns the first n bytes of SHA-256 over parts.
func hash(n int, parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:n])
}

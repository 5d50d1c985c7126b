package report

import "strings"

// plumbing are operators that nearly every stage has or that only hand rows on.
var plumbing = map[string]bool{
	"Project": true, "Filter": true, "WholeStageCodegen": true, "InputAdapter": true, "ColumnarToRow": true,
	"AdaptiveSparkPlan": true, "AQEShuffleRead": true, "CustomShuffleReader": true, "ShuffleQueryStage": true,
	"BroadcastQueryStage": true, "TableCacheQueryStage": true, "ResultQueryStage": true, "ReusedExchange": true,
	"Exchange": true, "DeserializeToObject": true, "SerializeFromObject": true, "MapElements": true,
}

// work says in a few words what a stage does: the operators that cost, each
// once with how often it occurs, else the stage's name.
func work(operators []string, name string) string {
	var words []string
	count := map[string]int{}
	for _, op := range operators {
		word, _, _ := strings.Cut(op, " (")
		word = strings.TrimSuffix(strings.TrimPrefix(word, "Execute "), "Command")
		if plumbing[word] {
			continue
		}
		if count[word]++; count[word] == 1 {
			words = append(words, word)
		}
	}
	if len(words) == 0 {
		return name
	}
	for i, word := range words {
		if n := count[word]; n > 1 {
			words[i] = word + " x" + thousands(int64(n))
		}
	}
	return strings.Join(words, ", ")
}

package features

func judge(runs []Run, ignore func(pipeline, night string) bool) []int { return nil }

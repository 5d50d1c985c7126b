package main

import "github.com/spark-apprentice/apprentice/learner"

func loadAgents([]byte) ([]learner.Agent, error) { return nil, nil }
func defaultRules() learner.Config               { return learner.Config{} }
func checkReward(string) error                   { return nil }

// Package fleet makes up a fleet of pipelines whose truth is known, lives
// through its nights with package learner, and says what came of it: real
// histories never tell what a night would have taken under other settings.
//
//  1. A pipeline is drawn: its data, its team's settings, how its nights vary
//     (noise that lasts, weekdays, growth), what its people do and when, what
//     drifts and when, how its code treats settings files.
//  2. Its surface is the true run time of its stages under any settings:
//     packing of input, partitions, adaptive coalescing, memory per task with
//     spill, collection and death, broadcasts. Keys interact because what they
//     act on does, and an effect of its own, that no physics knows, is added.
//  3. A night gives rows as package features would: the runs of each pipeline and
//     their stages, several a day or none on weekends as its rhythm has it, and
//     none where a log is lost.
//  4. The loop judges the rows, calls learner.Learn with the night before's
//     recommendations, and writes the files that the next night may use.
//  5. The score compares what stood in the files with the truth: gains against
//     the oracle's, wrong deployments, regressions by how long they were kept,
//     deaths, what exploration lost.
//
// Everything follows from the seed. The package is for tests: nothing in the
// program uses it.
package fleet

// Package mine makes contrast pairs and quality scores of what people did with answers, where
// nobody sat down to judge: answers that were asked for again, corrected, liked and disliked,
// whose sentences were checked, and that stood in the arms of a trial.
//
// It takes plain values and gives plain values back, with a report of what it left out and
// why; it reads no conversation and keeps nothing. Two things mislead whoever learns from such
// signals, and are held down here: long answers are liked for their length, and a few busy
// people speak for all.
package mine

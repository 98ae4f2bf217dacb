// Package sketch remembers texts by a few bytes each and finds what resembles them.
//
// A sketch is made from the shingles of a folded text. It does not keep the text, and what
// it says of resemblance is an estimate.
package sketch

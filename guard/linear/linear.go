// Package linear classifies short texts by their words and pieces of words: features are
// hashed into a fixed number of places and weighed by logistic regression, one row of
// weights a class.
//
// Training is deterministic: equal examples in equal order give equal bytes on every
// machine. A model is a file of its own with the names and digests of what it was trained
// on. The package knows no classes and no data of its own.
package linear

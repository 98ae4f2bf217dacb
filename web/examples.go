package web

import "io"

// ExamplesPage is `/learning/examples`: the libraries of examples of the space.
type ExamplesPage struct {
	Frame
	Libraries []ExampleLibrary
	Makes     bool // may add and take out
	Draft     ExampleDraft
	Problem   *Problem
}

// An ExampleLibrary is a library in the list.
type ExampleLibrary struct {
	Name, Hash string
	Examples   int
	Moved      int64 // UTC microseconds
}

// An ExampleDraft is what was typed to add examples.
type ExampleDraft struct {
	Library string // "" on the page of a library
	From    string // "task", "dataset" or "sample"
	Name    string
	Liked   bool
}

// ExampleLibraryPage is `/learning/examples/LIBRARY`.
type ExampleLibraryPage struct {
	Frame
	Library  ExampleLibrary
	Examples []Example
	Hidden   int // that this person may not see
	Makes    bool
	Draft    ExampleDraft
	Asked    string // a question that was tried; then Examples are those nearest to it
	Left     []ExampleLeft
	Added    *int // examples that were just added
	Known    int
	Done     string // "removed"
	Problem  *Problem
}

// An Example is one with the sample that it names.
type Example struct {
	Sample, Question, Answer string
	Origin                   string // of the sample
	From, FromHref           string // the task or the data set
	Hash                     string
	Near                     string // to the question that was tried, in percent
	Left                     string // why it is not shown to a model; "" where it is
}

// An ExampleLeft is how many samples were left out for one reason.
type ExampleLeft struct {
	Why string
	N   int
}

// Examples writes the libraries.
func (r *Renderer) Examples(w io.Writer, p ExamplesPage) error {
	return r.page(w, "examples", layout{p.Frame, LearningPlace, must(lang(p.Frame), "examples"), p})
}

// ExampleLibrary writes a library.
func (r *Renderer) ExampleLibrary(w io.Writer, p ExampleLibraryPage) error {
	return r.page(w, "examples_library", layout{p.Frame, LearningPlace, p.Library.Name, p})
}

// Fixed is the library that a form on this page adds to; "" where its name is typed.
func (ExamplesPage) Fixed() string { return "" }

// Fixed is the library that a form on this page adds to.
func (p ExampleLibraryPage) Fixed() string { return p.Library.Name }

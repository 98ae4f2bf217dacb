// Package train makes the models that ship with the leaves of guard, from named sets in a
// data folder and from rows of the project's own.
//
// A recipe names every set with its digest and its licence, and refuses a file that is
// another one: what a model was made of is known, and equal data gives equal bytes. Beside
// the model it measures honestly: no row is ever scored by a model that saw it or a row of
// its family.
//
// It is not on the road of a question.
package train

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/guard/linear"
)

// A Recipe says what a model is made of and how a row becomes an example.
type Recipe struct {
	Name    string // "direct"
	File    string // where the model lies in the tree
	Train   linear.TrainOptions
	Sources []Source
	Own     []string // files of the folder data of this package

	// Example reads a row the way the leaf will read a text: folded, with its marks.
	Example func(Row) linear.Example
	// Examples stands for Example where a row is a passage of which each part is one.
	Examples func(Row) []linear.Example
	// Spread makes the rows that are used of those that were read, all at once; nil where they
	// are the same.
	Spread func([]Row) []Row
	// Copies are disguised forms of a row that are trained on beside it; nil where none.
	Copies func(Row) []string
	// Score is what the leaf makes of a row with this model, one figure a class; nil where it
	// is the model's own.
	Score func(*linear.Model, Row) []float64
	// FalseAlarms is the share of ordinary rows that may reach the threshold of each class, in
	// cross-validation. Ordinary rows are the benign ones, or those of them that Ordinary takes.
	FalseAlarms float64
	Ordinary    func(Row) bool
}

// A Row is one text of a set.
type Row struct {
	Text    string   `json:"text"`
	Context string   `json:"context,omitempty"` // where the text is a question about one
	Class   []string `json:"class,omitempty"`   // of the recipe's; none for an ordinary text
	Lang    string   `json:"lang"`
	Source  string   `json:"source"` // what is left out together
	Family  string   `json:"family"` // what is cross-validated together; empty: a row by itself
	Kind    string   `json:"kind,omitempty"`
	Weight  float64  `json:"weight,omitempty"`
	Held    bool     `json:"held,omitempty"` // never trained on, measured apart

	from, to int // bytes of Context where Text was put into it
}

// Options of making a model.
type Options struct {
	Report   bool // cross-validate and leave sources out, which takes many times as long
	Progress func(what string, done, of int)
}

// recipes are all of them. Each stands in a file of its own.
func recipes() []Recipe { return []Recipe{direct(), indirectly(), contentModel(), kindsModel()} }

// Names are the recipes that Make knows.
func Names() (names []string) {
	for _, r := range recipes() {
		names = append(names, r.Name)
	}
	return names
}

// File is where the model of a recipe lies in the tree.
func File(name string) string {
	for _, r := range recipes() {
		if r.Name == name {
			return r.File
		}
	}
	return ""
}

// Make makes the model of a recipe from the data folder, and says how good it is. A source
// that is not there, or is not the file that is named, is an error that names it.
func Make(ctx context.Context, dir, which string, o Options) ([]byte, *Report, error) {
	all := recipes()
	i := slices.IndexFunc(all, func(r Recipe) bool { return r.Name == which })
	if i < 0 {
		return nil, nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("there is no model named %q", which),
			Hint: "give one of " + strings.Join(Names(), ", ") + " or all"}
	}
	return all[i].make(ctx, dir, o)
}

func (r Recipe) make(ctx context.Context, dir string, o Options) ([]byte, *Report, error) {
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	rows, sources, err := r.rows(dir)
	if err != nil {
		return nil, nil, err
	}
	if r.Spread != nil {
		rows = r.Spread(rows)
	}
	trained, held := apart(rows)
	m, err := r.train(ctx, trained)
	if err != nil {
		return nil, nil, err
	}
	m.Sources = sources
	crossed, err := r.cross(ctx, trained, o)
	if err != nil {
		return nil, nil, err
	}
	m.Thresholds = r.thresholds(trained, crossed)
	report := &Report{Model: m.Head, Figures: r.figures("cross-validated", trained, crossed, m.Thresholds)}
	report.Figures = append(report.Figures, r.figures("held out", held, r.score(m, held), m.Thresholds)...)
	if o.Report {
		err = r.leaveOut(ctx, trained, report, o)
	}
	return m.Save(), report, err
}

// apart separates what is trained on from what is held out.
func apart(rows []Row) (trained, held []Row) {
	for _, row := range rows {
		if row.Held {
			held = append(held, row)
		} else {
			trained = append(trained, row)
		}
	}
	return trained, held
}

func (r Recipe) train(ctx context.Context, rows []Row) (*linear.Model, error) {
	var examples []linear.Example
	for _, row := range rows {
		if r.Examples != nil {
			examples = append(examples, r.Examples(row)...)
			continue
		}
		examples = append(examples, r.example(row))
		if r.Copies == nil {
			continue
		}
		for _, text := range r.Copies(row) {
			row.Text = text
			e := r.example(row)
			e.Weight /= 2
			examples = append(examples, e)
		}
	}
	o := r.Train
	o.Name = r.Name
	return linear.Train(ctx, examples, o)
}

func (r Recipe) example(row Row) linear.Example {
	e := r.Example(row)
	e.Class = nil
	for _, name := range row.Class {
		if i := slices.Index(r.Train.Classes, name); i >= 0 {
			e.Class = append(e.Class, i)
		}
	}
	if e.Weight = row.Weight; e.Weight == 0 {
		e.Weight = 1
	}
	return e
}

func (r Recipe) score(m *linear.Model, rows []Row) [][]float64 {
	scores := make([][]float64, len(rows))
	var f linear.Features
	for i, row := range rows {
		if r.Score != nil {
			scores[i] = r.Score(m, row)
			continue
		}
		e := r.Example(row)
		f.Extract(e.Text, m.Options)
		for _, mark := range e.Marks {
			f.Mark(mark)
		}
		scores[i] = m.Score(&f, nil)
	}
	return scores
}

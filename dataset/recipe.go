package dataset

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"

	"wenyuan"
	"wenyuan/dataset/form"
)

// A Recipe says what a set is made of. Equal recipes over equal samples give equal versions.
type Recipe struct {
	Name      string   `json:"name"`                    // lower-case letters, digits, - and _; 1 to 64
	From      Filter   `json:"from"`                    // which samples
	Licences  []string `json:"licences,omitempty"`      // only rows with one of these; empty: any
	Synthetic float64  `json:"max_synthetic,omitempty"` // the largest share of rows that a model wrote, above 0 to 1; 0: DefaultSynthetic; 1: any
	Near      string   `json:"near,omitempty"`          // of rows that are nearly equal: "" keep all, in one split; "drop" keep the first
	Split     Split    `json:"split"`
	Gates     []string `json:"gates,omitempty"`   // sets whose questions no row may hold; those labelled gate are always looked at
	Licence   string   `json:"licence,omitempty"` // of the set
	Consent   string   `json:"consent,omitempty"` // on what grounds it may be learned from
	Parents   []string `json:"parents,omitempty"` // hashes of sets that it goes on from
}

// A Split says how rows are divided: by conversation, so that what was said in one place is in one split.
type Split struct {
	Train float64 `json:"train"` // shares; together 1
	Valid float64 `json:"valid"`
	Test  float64 `json:"test"`
	Seed  int64   `json:"seed,omitempty"`
}

// DefaultSynthetic is the largest share of rows that a model wrote where a recipe says nothing: as many as those of
// people. Models that learn from models alone lose the rare (Shumailov et al., "AI models collapse when
// trained on recursively generated data", 2024); beside as much of people they do not (Gerstgrasser et al., 2024).
const DefaultSynthetic = 0.5

// Drop is Recipe.Near for sets in which nearly equal rows stand once.
const Drop = "drop"

// DefaultSplit is what is taken where a recipe says nothing.
var DefaultSplit = Split{Train: 0.8, Valid: 0.1, Test: 0.1}

// A Filter says which samples are meant; an empty field means any.
type Filter struct {
	Origins    []string `json:"origins,omitempty"`
	Kinds      []string `json:"kinds,omitempty"`
	Assistants []string `json:"assistants,omitempty"`
	Languages  []string `json:"languages,omitempty"`
	Sources    []string `json:"sources,omitempty"` // names of imports and runs
	Corpora    []string `json:"corpora,omitempty"` // only with words of a document of one of these
	Quality    float64  `json:"quality,omitempty"` // at least; what is not known is 0
	Since      int64    `json:"since,omitempty"`   // created at this time or later, UTC microseconds
	State      string   `json:"state,omitempty"`   // of a list; a set is made of what is ready
}

var setName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

const maxListed = 100 // entries of one list of a recipe

// check holds a recipe against its bounds, and fills in what it leaves out.
func (r *Recipe) check() error {
	if r.Split == (Split{}) || r.Split == (Split{Seed: r.Split.Seed}) {
		seed := r.Split.Seed
		r.Split = DefaultSplit
		r.Split.Seed = seed
	}
	r.Synthetic = cmp.Or(r.Synthetic, DefaultSynthetic)
	s := r.Split
	switch {
	case !setName.MatchString(r.Name):
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("a data set cannot be called %q", r.Name), Hint: "1 to 64 lower-case letters, digits, - and _, a letter or a digit first"}
	case s.Train < 0 || s.Valid < 0 || s.Test < 0 || math.Abs(s.Train+s.Valid+s.Test-1) > 1e-9:
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the shares of the splits are no parts of one whole", Hint: "give train, valid and test as numbers from 0 that add up to 1"}
	case r.Synthetic < 0 || r.Synthetic > 1:
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the share of rows that a model wrote is out of its range", Hint: "give a number above 0, up to 1, which is no bound"}
	case r.Near != "" && r.Near != Drop:
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("nothing is known of near: %q", r.Near), Hint: "leave it out, or give drop"}
	case r.From.State != "" && r.From.State != Ready:
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "a data set is made of samples that are ready", Hint: "leave state out"}
	case slices.Max([]int{len(r.Licences), len(r.Gates), len(r.Parents)}) > maxListed:
		return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("a recipe names up to %d things of a kind", maxListed), Hint: "name fewer"}
	}
	return r.From.check()
}

func (f Filter) check() error {
	for _, c := range []struct {
		what  string
		given []string
		known []string
	}{
		{"origin", f.Origins, []string{Trace, Feedback, Judged, Import, Instruct}},
		{"kind", f.Kinds, []string{form.Chat, form.Preference, form.Label}},
		{"state", one(f.State), []string{Ready, Aside, Erased}},
		{"assistant", f.Assistants, nil}, {"language", f.Languages, nil}, {"source", f.Sources, nil}, {"corpus", f.Corpora, nil},
	} {
		if len(c.given) > maxListed {
			return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("a recipe names up to %d things of a kind", maxListed), Hint: "name fewer"}
		}
		for _, g := range c.given {
			if c.known != nil && !slices.Contains(c.known, g) {
				return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("samples have no %s %q", c.what, g), Hint: "the page about data sets lists what there is"}
			}
		}
	}
	if f.Quality < 0 || f.Quality > 1 {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the quality of a sample is a number from 0 to 1", Hint: "give one in between"}
	}
	return nil
}

// one is a text as a list; "" is none.
func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// A Set is what a version of the kind dataset holds. Its rows are kept beside it.
type Set struct {
	Name     string   `json:"name"`
	Recipe   Recipe   `json:"recipe"`
	Content  string   `json:"content"` // SHA-256 over split and hash of every row, sorted; hexadecimal
	Rows     int      `json:"rows"`
	Counts   Counts   `json:"counts"`
	Licence  string   `json:"licence,omitempty"`
	Consent  string   `json:"consent,omitempty"`
	Parents  []string `json:"parents,omitempty"`  // hashes of sets
	Template string   `json:"template,omitempty"` // hash of the chat template and tokenizer that the rows are meant for; "" for any
}

// Counts say of how many rows a set is made.
type Counts struct {
	Split    map[string]int `json:"split"`
	Kind     map[string]int `json:"kind"`
	Language map[string]int `json:"language"`
	Origin   map[string]int `json:"origin"`
	Licence  map[string]int `json:"licence"`
	Written  int            `json:"written"` // by a model
}

// Left says what was left out of a set, and why.
type Left struct {
	Why     string   `json:"why"` // duplicate, near, screened, contradiction, licence, synthetic, contaminated, hidden
	Count   int      `json:"count"`
	Samples []string `json:"samples,omitempty"` // ids of the first
	Note    string   `json:"note,omitempty"`    // the gate's set, for contaminated
}

// A Report is how a set was made.
type Report struct {
	Dataset wenyuan.Version `json:"dataset"`
	Set     Set             `json:"set"`
	Left    []Left          `json:"left"`
	Gates   []GateReport    `json:"gates"`
	Known   bool            `json:"known"` // the version was there before: nothing is new
	Took    int64           `json:"took_us"`
}

// A GateReport says how much of a gate's set was found among the samples.
type GateReport struct {
	Name    string `json:"name"`
	Items   int    `json:"items"`
	Rows    int    `json:"rows"`    // that hold 13 tokens in a row of an item, and were left out
	Near    int    `json:"near"`    // that resemble an item, and were left out
	Reached int    `json:"reached"` // items of the gate that were found
	Hash    string `json:"hash,omitempty"`
}

package eval

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"wenyuan"
	"wenyuan/check"
)

// Limits of a row of labelled sentences.
const (
	maxClaim    = 100_000   // bytes
	maxEvidence = 4_000_000 // bytes, all pieces together
	maxPieces   = 1_000
)

// A Claim is one labelled sentence with the texts it should be carried by.
type Claim struct {
	ID       string   `json:"id"`
	Claim    string   `json:"claim"`
	Evidence []string `json:"evidence"`
	Label    string   `json:"label"` // "supported" or "unsupported"
	Lang     string   `json:"lang"`
	Kind     string   `json:"kind"` // how the row was made; free text
}

// A SupportReport is how well the sentence checker tells the labels apart.
type SupportReport struct {
	AUROC *float64             `json:"auroc"`  // null when all rows have one label
	F1    float64              `json:"f1"`     // of flagging the unsupported rows
	By    map[string]KindCount `json:"by"`     // by "lang/kind"
	P50   float64              `json:"p50_us"` // time to check one sentence, its evidence prepared before as once for an answer, in microseconds
	P99   float64              `json:"p99_us"`
}

// A KindCount says how the rows of one kind were judged.
type KindCount struct {
	N           int `json:"n"`
	Flagged     int `json:"flagged"`     // any verdict but supported
	Unsupported int `json:"unsupported"` // something hard stands against it
}

// A SupportScore is what the checker said about one row.
type SupportScore struct {
	ID      string          `json:"id"`
	Score   float64         `json:"score"` // 0 to 1, higher is better supported
	Verdict wenyuan.Verdict `json:"verdict"`
}

// Support checks every labelled sentence of a file in JSON lines and writes one
// SupportScore a row to scores, which may be nil. A row that is not as it should be is
// an error that names its line; nothing is passed over but blank lines.
func Support(ctx context.Context, rows io.Reader, scores io.Writer) (SupportReport, error) {
	m := supportMeter{report: SupportReport{By: map[string]KindCount{}}}
	if scores != nil {
		m.out = json.NewEncoder(scores)
	}
	err := scan(rows, "row", func(n int, line []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		c, err := parseClaim(n, line)
		if err != nil {
			return err
		}
		return m.measure(&c)
	})
	if err != nil {
		return SupportReport{}, fmt.Errorf("eval support: %w", err)
	}
	if len(m.marks) == 0 {
		return SupportReport{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "there is no row to check", Hint: "give a file of JSON lines, each with id, claim, evidence, label, lang and kind"}
	}
	return m.finish(), nil
}

// parseClaim reads one row strictly; fields that are not asked for are passed over.
func parseClaim(n int, line []byte) (Claim, error) {
	var c Claim
	d := json.NewDecoder(bytes.NewReader(line))
	if err := d.Decode(&c); err != nil {
		return c, invalid("row", n, "is not a JSON object with id, claim, evidence (a list of strings), label, lang and kind", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return c, invalid("row", n, "has something after its JSON object", nil)
	}
	size := 0
	for _, e := range c.Evidence {
		size += len(e)
	}
	switch {
	case c.ID == "":
		return c, invalid("row", n, "has no id", nil)
	case c.Claim == "" || len(c.Claim) > maxClaim:
		return c, invalid("row", n, fmt.Sprintf("has a claim of %d bytes, want 1 to %d", len(c.Claim), maxClaim), nil)
	case len(c.Evidence) > maxPieces || size > maxEvidence:
		return c, invalid("row", n, fmt.Sprintf("has %d pieces of evidence with %d bytes, the limits are %d and %d", len(c.Evidence), size, maxPieces, maxEvidence), nil)
	case c.Label != string(wenyuan.Supported) && c.Label != string(wenyuan.Unsupported):
		return c, invalid("row", n, fmt.Sprintf("has the label %q, want supported or unsupported", c.Label), nil)
	case c.Lang == "" || c.Kind == "":
		return c, invalid("row", n, "has no lang or no kind", nil)
	}
	return c, nil
}

// A supportMeter gathers the measurements.
type supportMeter struct {
	report SupportReport
	marks  []mark
	times  []float64
	out    *json.Encoder
}

type mark struct {
	score              float64
	supported, flagged bool
}

func (m *supportMeter) measure(c *Claim) error {
	evidence := make([]check.Evidence, len(c.Evidence))
	for i, e := range c.Evidence {
		evidence[i] = check.Evidence{N: i + 1, Text: e}
	}
	prepared := check.Prepare(evidence)
	start := time.Now()
	f := prepared.Check(c.Claim, nil)
	m.times = append(m.times, float64(time.Since(start).Nanoseconds())/1000)
	k := m.report.By[c.Lang+"/"+c.Kind]
	k.N++
	if f.Verdict != wenyuan.Supported {
		k.Flagged++
	}
	if f.Verdict == wenyuan.Unsupported {
		k.Unsupported++
	}
	m.report.By[c.Lang+"/"+c.Kind] = k
	m.marks = append(m.marks, mark{f.Score, c.Label == string(wenyuan.Supported), f.Verdict != wenyuan.Supported})
	if m.out == nil {
		return nil
	}
	return m.out.Encode(SupportScore{c.ID, f.Score, f.Verdict})
}

func (m *supportMeter) finish() SupportReport {
	m.report.AUROC = auroc(m.marks)
	m.report.F1 = f1(m.marks)
	slices.Sort(m.times)
	m.report.P50, m.report.P99 = at(m.times, .5), at(m.times, .99)
	return m.report
}

// at is the value of sorted values at a share of them.
func at(sorted []float64, share float64) float64 {
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

// auroc is the chance that a supported row scores higher than an unsupported one, ties
// counting half (Mann-Whitney); nil when one label is missing.
func auroc(marks []mark) *float64 {
	m := slices.Clone(marks)
	slices.SortFunc(m, func(a, b mark) int { return cmp.Compare(a.score, b.score) })
	var pos, neg, ranks float64
	for i := 0; i < len(m); {
		j := i
		for j < len(m) && m[j].score == m[i].score {
			j++
		}
		for _, x := range m[i:j] {
			if x.supported {
				pos++
				ranks += float64(i+j+1) / 2
			} else {
				neg++
			}
		}
		i = j
	}
	if pos == 0 || neg == 0 {
		return nil
	}
	v := (ranks - pos*(pos+1)/2) / (pos * neg)
	return &v
}

// f1 is the harmonic mean of precision and recall of flagging the unsupported rows; 0
// when none was flagged rightly.
func f1(marks []mark) float64 {
	var right, flagged, wrong float64
	for _, m := range marks {
		if !m.supported {
			wrong++
		}
		if m.flagged {
			flagged++
			if !m.supported {
				right++
			}
		}
	}
	if right == 0 {
		return 0
	}
	return 2 * right / (flagged + wrong)
}

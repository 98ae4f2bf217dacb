package eval

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
)

// MaxLabelled is how many rows a judge is asked about at most.
const MaxLabelled = 5_000

// A Labelled is a claim with evidence, and whether people find it carried.
type Labelled struct {
	Claim     string   `json:"claim"`
	Evidence  []string `json:"evidence"`
	Supported bool     `json:"supported"`
}

// text is the evidence as a judge reads it.
func (l Labelled) text() string { return strings.Join(l.Evidence, "\n\n") }

// A claimRow is a row in any of the forms that are read.
type claimRow struct {
	Claim     string          `json:"claim"`
	Evidence  json.RawMessage `json:"evidence"`  // a text, a list of texts, or a list of {text, label}
	Knowledge string          `json:"knowledge"` // BEGIN (Dziri et al., 2022), in the place of evidence
	Response  string          `json:"response"`  // BEGIN, in the place of claim
	Label     string          `json:"label"`
}

// carriedBy are the labels of those who made the sets, in lower case.
var carriedBy = map[string]bool{
	"supported": true, "unsupported": false,
	"fully attributable": true, "not fully attributable": false, "generic": false, // BEGIN
	"supports": true, "refutes": false, "not_enough_info": false, "disputed": false, // CLIMATE-FEVER, FEVER
}

// LoadLabelled reads labelled claims in one of three forms: {claim, evidence, label} with
// the label supported or unsupported; that of BEGIN {knowledge, response, label}; that of
// CLIMATE-FEVER {claim, evidence: [{text, label}]}, in which each piece of evidence is a row
// of its own. Of more rows than sample, or than [MaxLabelled], every so many-th is taken; sample 0 takes what is allowed.
func LoadLabelled(path string, sample int) ([]Labelled, error) {
	var out []Labelled
	err := readLines(path, func(n int, line []byte) error {
		rows, err := parseLabelled(path, n, line)
		out = append(out, rows...)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: path + " holds no row", Hint: "give a file of JSON lines, each with claim, evidence and label"}
	}
	if sample <= 0 || sample > MaxLabelled {
		sample = MaxLabelled
	}
	if len(out) <= sample {
		return out, nil
	}
	var some []Labelled
	for i := range sample {
		some = append(some, out[i*len(out)/sample])
	}
	return some, nil
}

func parseLabelled(path string, n int, line []byte) ([]Labelled, error) {
	var r claimRow
	if err := json.Unmarshal(line, &r); err != nil {
		return nil, invalid(path, n, "is not a JSON object with claim, evidence and label", err)
	}
	if r.Response != "" {
		return one(path, n, r.Response, []string{r.Knowledge}, r.Label)
	}
	var pieces []struct{ Text, Label string }
	if json.Unmarshal(r.Evidence, &pieces) == nil && slices.ContainsFunc(pieces, func(p struct{ Text, Label string }) bool { return p.Label != "" }) {
		var out []Labelled
		for _, p := range pieces {
			rows, err := one(path, n, r.Claim, []string{p.Text}, p.Label)
			if err != nil {
				return nil, err
			}
			out = append(out, rows...)
		}
		return out, nil
	}
	var evidence []string
	if json.Unmarshal(r.Evidence, &evidence) != nil {
		var text string
		if err := json.Unmarshal(r.Evidence, &text); err != nil {
			return nil, invalid(path, n, "has evidence that is neither a text nor a list of texts", nil)
		}
		evidence = []string{text}
	}
	return one(path, n, r.Claim, evidence, r.Label)
}

// one is a row after its checks.
func one(path string, n int, claim string, evidence []string, label string) ([]Labelled, error) {
	supported, known := carriedBy[strings.ToLower(strings.TrimSpace(label))]
	l := Labelled{Claim: claim, Evidence: evidence, Supported: supported}
	if !known {
		return nil, invalid(path, n, fmt.Sprintf("has the label %q, want supported or unsupported", label), nil)
	}
	size := l.size()
	switch {
	case strings.TrimSpace(claim) == "" || len(claim) > maxClaim:
		return nil, invalid(path, n, fmt.Sprintf("has a claim of %d bytes, want 1 to %d", len(claim), maxClaim), nil)
	case size == 0 || len(evidence) > maxPieces || size > maxEvidence:
		return nil, invalid(path, n, fmt.Sprintf("has %d pieces of evidence with %d bytes, the limits are %d and %d", len(evidence), size, maxPieces, maxEvidence), nil)
	}
	return []Labelled{l}, nil
}

// size is how long the evidence is, in bytes.
func (l Labelled) size() (n int) {
	for _, e := range l.Evidence {
		n += len(e)
	}
	return n
}

// CheckLabelled says what is wrong with rows that came from elsewhere.
func CheckLabelled(rows []Labelled) error {
	if len(rows) > MaxLabelled {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%d rows are more than a judge is asked about at once", len(rows)), Hint: fmt.Sprintf("give at most %d", MaxLabelled)}
	}
	for i, l := range rows {
		if n := l.size(); strings.TrimSpace(l.Claim) == "" || len(l.Claim) > maxClaim || n == 0 || n > maxEvidence || len(l.Evidence) > maxPieces {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("row %d has no claim or no evidence, or too long ones", i+1), Hint: "correct the row and measure again"}
		}
	}
	return nil
}

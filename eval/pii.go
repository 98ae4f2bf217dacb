package eval

import (
	"encoding/json"
	"slices"
	"time"

	"wenyuan"
	"wenyuan/guard/pii"
)

// A PIIReport is how well personal data and secrets are found in labelled rows.
type PIIReport struct {
	Check string  `json:"check"` // "pii"
	F1    float64 `json:"f1"`    // of all spans whose kind is looked for, both ends right
	pii.Report
	P50 float64 `json:"p50_ms"` // of one text, milliseconds
	P99 float64 `json:"p99_ms"`
}

// LoadPIIRows reads JSON lines {text, spans: [{type, start, end}], lang}; start and end count
// code points.
func LoadPIIRows(path string) ([]pii.Row, error) {
	var rows []pii.Row
	err := readRowsOf(path, func(n int, line []byte) error {
		var in struct {
			Text  string         `json:"text"`
			Lang  string         `json:"lang"`
			Spans []pii.Labelled `json:"spans"`
		}
		if err := json.Unmarshal(line, &in); err != nil {
			return invalid(path, n, "is no JSON object with text and spans", err)
		}
		if in.Text == "" || in.Spans == nil {
			return invalid(path, n, "has no text or no spans", nil)
		}
		length := len([]rune(in.Text))
		for _, s := range in.Spans {
			if s.Start < 0 || s.End <= s.Start || s.End > length || s.Type == "" {
				return invalid(path, n, "has a span without a type, or one that is not within the text", nil)
			}
		}
		rows = append(rows, pii.Row{Text: in.Text, Lang: in.Lang, Spans: in.Spans})
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: path + " holds no row", Hint: `give JSON lines such as {"text": "...", "spans": [{"type": "EMAIL_ADDRESS", "start": 0, "end": 9}]}`}
	}
	return rows, nil
}

// PII measures how well personal data and secrets are found.
func PII(rows []pii.Row) PIIReport {
	times := make([]time.Duration, 0, len(rows))
	for _, r := range rows {
		began := time.Now()
		pii.Find(r.Text)
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	rep := PIIReport{Check: "pii", Report: pii.Score(rows), P50: percentile(times, 0.5), P99: percentile(times, 0.99)}
	rep.F1 = rep.Total.F1
	return rep
}

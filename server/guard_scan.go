package server

import (
	"encoding/json"
	"net/http"

	"wenyuan"
	"wenyuan/corpus"
	"wenyuan/gateway/manner"
)

type guardScanRequest struct {
	Corpus string `json:"corpus"`
	Policy string `json:"policy,omitempty" doc:"name; without it the space's own"`
	Keep   bool   `json:"keep,omitempty" doc:"make incidents of the injections that are found"`
}

// A scanLine is one line of the answer to a scan. Each holds one of these.
type scanLine struct {
	Step   *corpus.ScanStep   `json:"step,omitempty" doc:"how far it is, with what was met in a document"`
	Report *corpus.ScanReport `json:"report,omitempty" doc:"the last line: everything"`
	Error  *problem           `json:"error,omitempty" doc:"the last line of a scan that broke off"`
}

// stepEvery is how many documents without findings there are between two lines.
const stepEvery = 25

// scanCorpus writes while it looks: a large corpus takes minutes. It ends when the asker goes away.
func scanCorpus(s *Server, w http.ResponseWriter, r *request, in guardScanRequest) error {
	if in.Corpus == "" {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "there is no corpus to look at", Hint: "name one as corpus"}
	}
	w.Header().Set("Content-Type", jsonLines+"; charset=utf-8")
	lines := json.NewEncoder(flushing(w))
	lines.SetEscapeHTML(false)
	begun := false
	step := func(p corpus.ScanStep) error {
		if p.Document == nil && p.Done%stepEvery != 0 && p.Done != p.Of {
			return nil
		}
		begun = true
		return lines.Encode(scanLine{Step: &p})
	}
	report, err := s.Library.Scan(manner.AsBatch(r.Context()), r.scope, in.Corpus, corpus.ScanOptions{Policy: in.Policy, Keep: in.Keep, Step: step})
	if err == nil {
		return lines.Encode(scanLine{Report: &report})
	}
	if err = withdrawn(r.Context(), err); !begun {
		return err
	}
	p, status := explain(err, r.id)
	s.logFailure(r, status, err)
	p = p.told(r)
	return lines.Encode(scanLine{Error: &p})
}

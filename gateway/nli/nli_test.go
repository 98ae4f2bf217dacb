package nli_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
	. "wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/nli"
	"wenyuan/gateway/wire"
)

func judge(t *testing.T, s *Server, path string) *nli.Client {
	m := nli.New(wire.Config{Name: "judge", URL: s.URL + path, Key: Key})
	t.Cleanup(m.Close)
	return m
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]wenyuan.Opinion{
		`[[{"label":"entailment","score":0.9},{"label":"neutral","score":0.07},{"label":"contradiction","score":0.03}]]`: {Entailed: 0.9, Contradicted: 0.03},
		`[{"label":"CONTRADICTION","score":0.8},{"label":"NEUTRAL","score":0.15},{"label":"ENTAILMENT","score":0.05}]`:   {Entailed: 0.05, Contradicted: 0.8},
		`[[{"label":"not_entailment","score":0.25},{"label":"entailment","score":0.75}]]`:                                {Entailed: 0.75},
	} {
		s := New(t, JSON(body))
		got, err := judge(t, s, "/predict").Judge(t.Context(), "水泵每分钟 1450 转。", "The pump runs.")
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%s: %s %v", body, d, err)
		}
		q := s.Requests()[0]
		if q.Path != "/predict" || q.Body != `{"inputs":[["水泵每分钟 1450 转。","The pump runs."]],"truncate":false}` || q.Header.Get("Authorization") != "Bearer "+Key {
			t.Errorf("sent %s to %s", q.Body, q.Path)
		}
	}
}

func TestWhatIsNoOpinion(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`[]`, `[[]]`, `{}`, `[[{"label":"entailment","score":1}]]`, `[[{"label":"LABEL_0","score":0.5},{"label":"LABEL_1","score":0.5}]]`,
		`[[{"label":"entailment","score":2},{"label":"neutral","score":-1}]]`, `[[{"label":"entailment","score":0.1},{"label":"neutral","score":0.1}]]`,
		`[1]`, `[null]`, `[[{"label":"positive","score":0.6},{"label":"negative","score":0.4}]]`, `<html>`,
	} {
		if o, err := judge(t, New(t, JSON(body)), "").Judge(t.Context(), "a", "b"); wenyuan.CodeOf(err) != wenyuan.Unavailable {
			t.Errorf("%s: %+v, %v", body, o, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		code   wenyuan.Code
		says   string
	}{
		{413, `{"error":"Input validation error: inputs must have less than 512 tokens. Given: 600","error_type":"Validation"}`, wenyuan.TooLarge, "longer context"},
		{424, `{"error":"model is not a classifier model","error_type":"backend"}`, wenyuan.Unavailable, "not a classifier"},
		{429, `{"error":"Model is overloaded","error_type":"overloaded"}`, wenyuan.Limited, "too much"},
	} {
		_, err := judge(t, New(t, Fail(c.status, c.body)), "").Judge(t.Context(), "a", "b")
		e, ok := errors.AsType[*wenyuan.Error](err)
		if !ok || e.Code != c.code || !strings.Contains(e.Message+e.Hint, c.says) {
			t.Errorf("%s: %v", c.body, err)
		}
	}
	s := New(t, JSON(`[]`))
	if _, err := judge(t, s, "").Judge(wenyuan.StayInside(t.Context()), "a", "b"); wenyuan.CodeOf(err) != wenyuan.Denied || len(s.Requests()) != 0 {
		t.Errorf("closed evidence went outside: %v", err)
	}
}

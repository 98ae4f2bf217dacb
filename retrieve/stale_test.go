package retrieve

import (
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/retrieve/question"
)

func TestEditions(t *testing.T) {
	t.Parallel()
	p := func(source, title string, heading ...string) wenyuan.Passage {
		return wenyuan.Passage{Source: source, Title: title, Heading: heading}
	}
	for _, tt := range []struct {
		name       string
		older, not wenyuan.Passage // not older, of one document with it
		order      int             // -1: older comes before
		same       bool            // they are one document but for the version
	}{
		{"folders", p("site-zh-4.x/05-best/08FAQ.md", "常见问题", "重试"), p("site-zh-5.0/06-best/06FAQ.md", "常见问题", "重试"), -1, true},
		{"docusaurus", p("versioned_docs/version-4.0/quota.md", "Quota"), p("versioned_docs/version-5.0/quota.md", "Quota"), -1, true},
		{"v in the path", p("api/v1/errors.md", "Errors", "Codes"), p("api/v2/errors.md", "Errors", "Codes"), -1, true},
		{"nine before ten", p("a/v9.md", "A"), p("a/v10.md", "A"), -1, true},
		{"title", p("a.md", "Travel policy 2023"), p("b.md", "Travel policy 2024"), -1, true},
		{"date in the name", p("policy-2024-05-01.md", "Policy"), p("policy-2024-11-01.md", "Policy"), -1, true},
		{"Chinese date", p("a.md", "差旅制度（2023年版）"), p("b.md", "差旅制度（2024年版）"), -1, true},
		{"old", p("a.md", "Setup (old)"), p("b.md", "Setup"), -1, true},
		{"deprecated", p("a.md", "部署（已废弃）"), p("b.md", "部署"), -1, true},
		{"heading", p("a.md", "Guide", "Install v4"), p("a.md", "Guide", "Install v5"), -1, true},
		{"the same version", p("v4/a.md", "Guide", "Install"), p("v4/b.md", "Guide", "Install"), 0, true},
		{"chapters are no versions", p("1.2-install.md", "1.2 Install"), p("1.3-install.md", "1.3 Install"), 0, true},
		{"numbered folders", p("05-best/08FAQ.md", "FAQ"), p("06-best/06FAQ.md", "FAQ"), 0, true},
		{"another section", p("v4/a.md", "Guide", "Install"), p("v5/a.md", "Guide", "Remove"), -1, false},
		{"no version on one side", p("v4/a.md", "Guide"), p("a.md", "Guide"), 0, true},
		{"a port is no version", p("a.md", "Port 8080"), p("b.md", "Port 9090"), 0, false},
	} {
		a, af := editionOf(tt.older)
		b, bf := editionOf(tt.not)
		if got := a.compare(b); got != tt.order {
			t.Errorf("%s: %+v against %+v is %d, want %d", tt.name, a, b, got, tt.order)
		}
		if back := b.compare(a); back != -tt.order {
			t.Errorf("%s: the other way round it is %d", tt.name, back)
		}
		if got := af[0] == bf[0] || af[1] == bf[1]; got != tt.same {
			t.Errorf("%s: families %q and %q, want the same: %v", tt.name, af, bf, tt.same)
		}
	}
}

func TestStaleness(t *testing.T) {
	t.Parallel()
	four := strings.Repeat("a message that fails is tried again sixteen times by the client of the group ", 3)
	five := strings.Repeat("a message that fails is tried again eighteen times by the client of the group ", 3)
	other := strings.Repeat("每个租户在夜里备份一次并保留三十天以供恢复 ", 3)
	in := func(texts ...string) (out []candidate) {
		for i, s := range texts {
			source, text, _ := strings.Cut(s, ":")
			c := made(source, text, 0.9, 1-float64(i)/10)
			c.passage.Source, c.passage.Title = source+"/retry.md", "Retries"
			out = append(out, c)
		}
		return out
	}
	for _, tt := range []struct {
		name, asked string
		in          []candidate
		kept        string
	}{
		{"the newest wins", "how often is a message tried again", in("v4:"+four, "v5:"+five), "v5"},
		{"and stands where the better one stood", "how often", in("v4:"+four, "x:"+other, "v5:"+five), "v5 x"},
		{"the one that is asked for wins", "how often in version 4?", in("v5:"+five, "v4:"+four), "v4"},
		{"by a full number", "4.9.1 最多重试几次", in("v5:"+five, "v4:"+four), "v4"},
		{"of three the newest", "how often", in("v3:"+four, "v5:"+five, "v4:"+four+"today"), "v5"},
		{"without a common text both stay", "how often", in("v4:"+four, "v5:"+other), "v4 v5"},
		{"without versions both stay", "how often", in("a:"+four, "b:"+five), "a b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := Filters{Duplicate: -1}.filter(question.Parse(tt.asked, nil), tt.in, 0)
			if ids(got.Kept) != tt.kept {
				t.Errorf("kept %q, want %q", ids(got.Kept), tt.kept)
			}
			for _, d := range got.Dropped {
				if d.Code != Superseded || d.Stage != "staleness" || !strings.Contains(d.Why, d.Passage.Source) {
					t.Errorf("dropped %+v", d)
				}
			}
		})
	}
}

package server_test

import (
	"strings"
	"testing"
)

// TestLanguageOfErrors: what goes wrong is said in the language that is asked for, by
// anybody else in English, and the codes stay.
func TestLanguageOfErrors(t *testing.T) {
	t.Parallel()
	h := open(t)
	kind, body := form(t, "box/empty.md", "", "box/pic.gif", "GIF89a")
	for _, c := range []struct{ method, path, body, kind, english, chinese, code string }{
		{"GET", "/api/documents?corpus=nowhere", "", "", `there is no corpus named \"nowhere\"`, "没有名为“nowhere”的语料库", `"not_found"`},
		{"GET", "/api/documents?corpsu=x", "", "", "known: corpus", "可用的参数：corpus", `"invalid"`},
		{"POST", "/api/ask", `{"question":"?","corpus":"nowhere","stream":true}`, "application/json", "there is no corpus named", "没有名为“nowhere”的语料库", `"not_found"`},
		{"POST", "/v1/chat/completions", `{"model":"nobody","messages":[]}`, "application/json", "there is no assistant and no model nobody", "没有名为 nobody 的助手或模型", `"not_found"`},
		{"POST", "/api/corpora/c/documents", body, kind, "box/empty.md is empty", "box/empty.md 是空的", `"failed"`},
		{"POST", "/api/corpora/c/documents", body, kind, "Give it the extension .txt if", "若要读取，请把扩展名改为 .txt。", `"skipped"`},
		{"GET", "/api/documents?corpus=c", "", "", "box/empty.md is empty", "box/empty.md 是空的", `"failed"`},
	} {
		for header, want := range map[string]string{"": c.english, "en-GB,zh;q=0.5": c.english, "zh-Hans": c.chinese, "zh-CN,zh;q=0.9,en;q=0.8": c.chinese} {
			headers := []string{"Content-Type", c.kind}
			if header != "" {
				headers = append(headers, "Accept-Language", header)
			}
			_, text := h.send(t, c.method, c.path, c.body, headers...)
			if !strings.Contains(text, want) || !strings.Contains(text, c.code) {
				t.Errorf("%s %s in %q: %s, want %q and %s", c.method, c.path, header, text, want, c.code)
			}
		}
	}
}

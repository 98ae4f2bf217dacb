package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/server"
	"wenyuan/web/webtest"
)

// In the shadow tree of the widget.
const inWidget = `document.getElementById("wenyuan").shadowRoot`

// foreign is somebody else's site: a strict page of its own that carries a widget.
func foreign(t testing.TB, lang, style string) (*httptest.Server, *string) {
	t.Helper()
	tag := new(string)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/style.css" {
			w.Header().Set("Content-Type", "text/css")
			fmt.Fprint(w, style)
			return
		}
		if r.URL.Path == "/favicon.ico" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		_, src, _ := strings.Cut(*tag, `src="`)
		src, _, _ = strings.Cut(src, "/widget.js")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src "+src+"; connect-src "+src)
		fmt.Fprintf(w, `<!doctype html><html lang=%q><meta name="viewport" content="width=device-width, initial-scale=1"><title>Shop</title><link rel="stylesheet" href="/style.css"><h1>Pumps</h1><p>%s</p>%s</html>`, lang, strings.Repeat("A pump. ", 300), *tag)
	}))
	t.Cleanup(s.Close)
	return s, tag
}

// A buyer is somebody on a foreign page.
type buyer struct{ *webtest.Page }

func (b buyer) open() {
	b.Until(`!!document.getElementById("wenyuan")`)
	b.press(".launch")
	b.Until(inWidget + `.activeElement.id === "text"`)
}

func (b buyer) press(selector string) {
	webtest.Eval[bool](b.Page, inWidget+`.querySelector("`+selector+`").click() || true`)
}

func (b buyer) ask(question string) { b.Keys(question + "\r") }

func (b buyer) until(js string) { b.Until(`((w) => ` + js + `)(` + inWidget + `)`) }

func (b buyer) text(selector string) string {
	return webtest.Eval[string](b.Page, inWidget+`.querySelector("`+selector+`")?.textContent ?? ""`)
}

// widgetFaults looks into the shadow tree for what the audit of pages cannot see.
const widgetFaults = `((w) => { const out = [], all = (s) => [...w.querySelectorAll(s)].filter((e) => e.checkVisibility());
  for (const e of all("button, textarea, summary")) {
    const name = e.getAttribute("aria-label") || e.textContent || (e.labels?.[0]?.textContent ?? "");
    if (!name.trim()) out.push("without a name: " + e.outerHTML);
    const r = e.getBoundingClientRect();
    if (!e.closest(".sr") && (r.width < 24 || r.height < 24)) out.push("a target of " + r.width + " by " + r.height + ": " + e.outerHTML);
  }
  for (const e of w.querySelectorAll("[aria-labelledby], [aria-describedby]")) for (const a of ["aria-labelledby", "aria-describedby"])
    for (const id of (e.getAttribute(a) || "").split(" ").filter(Boolean)) if (!w.getElementById(id)) out.push(a + " leads nowhere: " + id);
  const ids = [...w.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) out.push("twice: " + id);
  for (const e of w.querySelectorAll("[lang]")) if (!/^(en|zh-Hans)$/.test(e.lang)) out.push("an odd language: " + e.lang);
  const p = w.querySelector(".panel");
  if (p.checkVisibility() && p.scrollWidth > p.clientWidth) out.push("the panel scrolls sideways");
  if (p.checkVisibility() && w.querySelector(".log").scrollWidth > w.querySelector(".log").clientWidth) out.push("the log scrolls sideways");
  if (!w.querySelector(".notice").checkVisibility() && p.checkVisibility()) out.push("no notice");
  const rgb = (s) => s.match(/[\d.]+/g).slice(0, 3).map((v) => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
  const light = (s) => { const [r, g, b] = rgb(s); return .2126 * r + .7152 * g + .0722 * b; };
  const ground = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\)$|transparent/.test(c)) return c; } return "rgb(255,255,255)"; };
  for (const e of all("button, h2, p, summary, blockquote, .mark")) { const a = light(getComputedStyle(e).color), b = light(ground(e)), c = (Math.max(a, b) + .05) / (Math.min(a, b) + .05); if (c < 4.5) out.push("contrast " + c.toFixed(1) + ": " + e.outerHTML.slice(0, 100)); }
  return out; })(` + inWidget + `)`

func (b buyer) audit(t testing.TB, what string) {
	t.Helper()
	for _, fault := range webtest.Eval[[]string](b.Page, widgetFaults) {
		t.Errorf("%s: %s", what, fault)
	}
}

// TestWidgetOnAForeignPage is the road of a visitor of another site whose page allows the
// server and nothing else: sentences come one by one, a citation opens its original, the
// conversation goes on after a reload, and another site gets nothing.
func TestWidgetOnAForeignPage(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	model := gatewaytest.New(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		say := func(text string) {
			fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%q}}]}\n\n", text)
			w.(http.Flusher).Flush()
		}
		say("A closed alarm is kept for 400 days [1]. A confirmed alarm is silent for 9 hours [1]. And")
		select {
		case <-gate:
		case <-r.Context().Done():
			return
		}
		say(" pumps are fine machines. ")
		fmt.Fprint(w, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	})
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "m", Replicas: []gateway.Replica{{URL: model.URL}}}}, Server: server.Config{Access: server.Access{Keys: []server.Key{{Name: "li", Value: liKey}}}}})
	h.add(t, "pumps", handbook)
	page, tag := foreign(t, "en", "")
	other, otherTag := foreign(t, "en", "")
	d := h.door(t, fmt.Sprintf(`{"kind": "widget", "name": "shop", "assistant": "pumps", "origins": [%q]}`, page.URL), "Authorization", "Bearer "+liKey)
	*tag, *otherTag = d.Tag, d.Tag

	b := buyer{webtest.Open(t)}
	b.Size(1100, 760)
	b.Go(page.URL)
	b.open()
	b.audit(t, "empty")
	b.Shot("widget-empty")
	b.ask(clientQuestion)
	b.until(`w.querySelectorAll(".s").length === 2`) // the third is not whole yet
	b.Shot("widget-streaming")
	if got := b.text(".now"); got != "checking the next sentence" {
		t.Errorf("meanwhile it says %q", got)
	}
	if got := b.text("form .btn"); got != "Stop" {
		t.Errorf("the button says %q", got)
	}
	close(gate)
	b.until(`w.querySelectorAll(".s").length === 3 && !w.querySelector(".now")`)
	if got := b.text(".note.bad"); !strings.Contains(got, "unsupported") {
		t.Errorf("the wrong sentence has %q", got)
	}
	b.press(".cite")
	b.until(`w.querySelector("details.lit[open] blockquote").textContent.includes("400 days")`)
	if got := webtest.Eval[string](b.Page, inWidget+`.activeElement.localName`); got != "summary" {
		t.Errorf("focus is on %s", got)
	}
	b.audit(t, "answered")
	b.Shot("widget-answered")
	if got := webtest.Eval[string](b.Page, `document.cookie + Object.keys(localStorage)`); got != "" {
		t.Errorf("kept beyond the tab: %q", got)
	}

	b.Go(page.URL + "/another")
	b.open()
	b.until(`w.querySelectorAll(".s").length === 3`)
	b.ask("And what about a confirmed one?")
	b.until(`w.querySelectorAll(".turn").length === 2 && !w.querySelector(".now")`)
	var kept struct{ Conversations, Turns int }
	kept.Conversations = webtest.Eval[int](b.Page, `new Set(Object.values(sessionStorage).map((s) => JSON.parse(s).conversation)).size`)
	kept.Turns = webtest.Eval[int](b.Page, `JSON.parse(Object.values(sessionStorage)[0]).turns.length`)
	if kept.Conversations != 1 || kept.Turns != 2 {
		t.Errorf("the tab keeps %+v", kept)
	}
	b.Keys(kb.Escape)
	b.until(`w.querySelector(".panel").hidden && w.activeElement.className === "launch"`)

	b.Forgive("CORS")
	b.Forgive("Failed to load resource")
	b.Go(other.URL)
	b.open()
	b.ask(clientQuestion)
	b.until(`w.querySelector(".note.bad")?.textContent.includes("broke off")`)
	b.Shot("widget-refused")
}

// TestWidgetInChineseOnAPhone: the page is dark and Chinese, its own styles are hostile, and
// what goes wrong is said in words. Stop stops the model.
func TestWidgetInChineseOnAPhone(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{}, 1)
	hang := gatewaytest.Hang(gone, "已关闭的告警保留 400 天 [1]。另外")
	model := gatewaytest.New(t, gatewaytest.Say("已关闭的告警保留 400 天 [1]。已确认的告警静默 2 小时 [1]。"), hang)
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "m", Replicas: []gateway.Replica{{URL: model.URL}}}}})
	h.add(t, "pumps", handbook)
	page, tag := foreign(t, "zh-CN", `html { font-size: 40px; color-scheme: dark; background: #111; color: #eee } * { color: red !important; letter-spacing: 1em } div, section { display: none } #wenyuan { display: block }`)
	d := h.door(t, fmt.Sprintf(`{"kind": "widget", "name": "shop", "assistant": "pumps", "origins": [%q], "per_minute": 2, "notice": "AI 生成，请以说明书为准。"}`, page.URL))
	*tag = d.Tag
	b := buyer{webtest.Open(t)}
	b.Size(375, 740)
	b.Go(page.URL)
	b.Until(`!!document.getElementById("wenyuan")`)
	b.Shot("widget-phone-closed")
	b.open()
	b.until(`w.querySelector(".notice").textContent === "AI 生成，请以说明书为准。"`)
	b.ask("已关闭的告警保留多久？")
	b.until(`w.querySelectorAll(".s").length === 2 && !w.querySelector(".now")`)
	b.press(".cite")
	b.audit(t, "phone")
	b.Shot("widget-phone-answered")
	b.press("textarea")
	webtest.Eval[bool](b.Page, inWidget+`.querySelector("textarea").focus() || true`)
	b.ask("已确认的告警呢？")
	b.until(`w.querySelectorAll(".turn").length === 2 && w.querySelectorAll(".s").length >= 2`)
	b.until(`w.querySelector(".now")`)
	b.press("form .btn")
	b.until(`w.querySelector(".note.warn")?.textContent.includes("已停止")`)
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Error("the model is still asked")
	}
	b.Forgive("429")
	webtest.Eval[bool](b.Page, inWidget+`.querySelector("textarea").focus() || true`)
	b.ask("还有呢？")
	b.until(`w.querySelector(".note.bad")?.textContent.includes("这里提问太多")`)
	b.audit(t, "limited")
	b.Shot("widget-phone-limited")
}

// TestPublicPageInABrowser: with its script sentences stream in and the server's page takes
// their place; in both languages, at the width of a phone.
func TestPublicPageInABrowser(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "pumps", handbook)
	h.door(t, `{"kind": "page", "name": "help", "assistant": "pumps"}`)
	p := h.tab(t)
	for _, c := range []struct{ lang, question, want, checked string }{
		{"en", clientQuestion, "400 days", "1 supported"},
		{"zh", "已关闭的告警保留多久？", "400 天", "有据"},
	} {
		p.Size(1360, 900)
		p.Go(h.url + "/p/help?lang=" + c.lang)
		p.Audit("public " + c.lang)
		p.Shot("public-" + c.lang)
		p.Click("#text")
		p.Keys(c.question + "\r")
		p.Until(`location.search.includes("c=cnv_") && !document.querySelector(".now")`)
		p.want("the answer", p.Text(".answer"), c.want)
		p.want("the verdicts", p.Text(".verdicts"), c.checked)
		p.want("the notice", p.Text("#notice"), "AI")
		p.Click("a.cite")
		p.Until(`document.querySelector("details.orig").open`)
		p.want("the original", p.Text("blockquote"), c.want)
		p.Size(375, 740)
		p.Audit("public " + c.lang + " on a phone")
		p.Shot("public-" + c.lang + "-answered")
		if over := webtest.Eval[int](p.Page, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
			t.Errorf("it scrolls sideways by %d px", over)
		}
		p.Click("#text")
		p.Keys("Who won the world cup in 2018?\r")
		p.Until(`document.querySelectorAll(".turn").length === 2 && !document.querySelector(".now")`)
		p.want("the refusal", p.Text(".turn:last-of-type"), "do not hold an answer")
	}
}

// TestChannelsPage: a channel is opened in the console, its key is shown once, and closed.
func TestChannelsPage(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "pumps", handbook)
	p := h.tab(t)
	p.Go(h.url + "/assistants/pumps/channels")
	p.Click("#name")
	p.Keys("shop")
	p.Click("#origins")
	p.Keys("not an origin")
	p.Forgive("400")
	p.Click(".filling button")
	p.Until(`!!document.querySelector(".problem")`)
	p.want("the problem", p.Text(".problem"), "is no origin")
	webtest.Eval[bool](p.Page, `!!(document.querySelector("#origins").value = "https://shop.example")`)
	p.Click(".filling button")
	p.Until(`!!document.querySelector(".note.lead pre")`)
	p.want("the tag", p.Text(".note.lead pre"), `data-key="wy_`)
	p.Audit("channels")
	p.Shot("channels-made")
	p.Go(h.url + "/assistants/pumps/channels")
	if text := p.Text("main"); strings.Contains(text, "wy_") || !strings.Contains(text, "https://shop.example") {
		t.Errorf("the page shows %s", text)
	}
	p.Click("details.confirm summary")
	p.Click("details.confirm .danger")
	p.Until(`document.querySelector("[role=status]")?.textContent.includes("Closed: shop")`)
}

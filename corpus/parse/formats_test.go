package parse

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHTML(t *testing.T) {
	t.Parallel()
	doc := mustParse(t, "page.html", `<!DOCTYPE html><html><head><title>Retry – Docs</title></head>
<body><style>p{}</style><script>var x = "<p>no</p>"</script><header><a href="/">Home</a></header><nav><ul><li>Menu</ul></nav>
<div class="sidebar">Side</div>
<h1>Retry <a class="headerlink" href="#r">#</a></h1>
<p>When a <b>consumer</b>
fails&nbsp;it is <i>re</i>tried.<p>消费失败时，
重新投递。<br>第二行
<ol start="3"><li><p>Third</p><ul><li>inner</ul><li>Fourth</ol>
<pre><code class="language-go">func a() {

	b()
}</code></pre>
<img src="a.png" alt="state machine"><img src="b.png" alt="b.png">
<table><caption>Limits</caption><thead><tr><th>Name<th>Value</thead><tbody><tr><td rowspan=2>retries<td>16<tr><td>10 s</table>
<table role="presentation"><tr><td><p>Left</p><table><tr><td>a<td>b</table></td><td>Right</td></tr></table>
<p hidden>hidden</p><p style="display: none">gone</p>
<dl><dt>Term<dd>Meaning</dl>
<footer>Copyright</footer></body></html>`)
	if doc.Title != "Retry" || doc.Type != "text/html" {
		t.Errorf("title %q, type %q", doc.Title, doc.Type)
	}
	wantOutline(t, doc, `
heading1: Retry
paragraph (Retry): When a consumer fails it is retried.
paragraph (Retry): 消费失败时，重新投递。⏎第二行
list (Retry): 3. Third
list (Retry): - inner
list (Retry): 4. Fourth
code go (Retry): func a() {⏎⏎	b()⏎}
figure (Retry): state machine
paragraph (Retry): Limits
table (Retry) [Name | Value]: Name | Value⏎retries | 16⏎retries | 10 s
paragraph (Retry): Left
table (Retry): a | b
paragraph (Retry): Right
paragraph (Retry): Term
paragraph (Retry): Meaning
`)
	for _, reason := range []string{"navigation", "script", "style", "hidden", "picture names"} {
		if doc.Removed[reason] == 0 {
			t.Errorf("nothing was counted as %s: %v", reason, doc.Removed)
		}
	}
}

func TestHTMLMain(t *testing.T) {
	t.Parallel()
	doc := mustParse(t, "page.html", `<body><div>Elsewhere</div><main><header><h1>Real</h1></header><p>Content that counts.</main><div>Below</div>`)
	wantOutline(t, doc, `
heading1: Real
paragraph (Real): Content that counts.
`)
	if doc.Removed["outside the main content"] != len("Elsewhere")+len("Below") {
		t.Errorf("removed %v", doc.Removed)
	}
	// A main element that holds nothing is not believed.
	doc = mustParse(t, "page.html", `<body><main>x</main><p>All the words of this page stand outside of it.`)
	if !strings.Contains(doc.Text, "All the words") {
		t.Errorf("text %q", doc.Text)
	}
}

func TestHTMLCharset(t *testing.T) {
	t.Parallel()
	doc := mustParse(t, "a.html", "<meta charset=\"gb2312\"><p>\xd6\xd8\xca\xd4")
	if doc.Text != "重试" || doc.Charset != "GB18030" {
		t.Errorf("%q as %s", doc.Text, doc.Charset)
	}
	doc = mustParse(t, "a.html", "<meta charset=\"gb2312\"><p>重试") // the declaration is wrong
	if doc.Text != "重试" || doc.Charset != "UTF-8" {
		t.Errorf("%q as %s", doc.Text, doc.Charset)
	}
}

func TestDOCX(t *testing.T) {
	t.Parallel()
	p := func(style, text string) string {
		return `<w:p><w:pPr><w:pStyle w:val="` + style + `"/></w:pPr><w:r><w:t xml:space="preserve">` + text + `</w:t></w:r></w:p>`
	}
	item := func(num, level, text string) string {
		return `<w:p><w:pPr><w:numPr><w:ilvl w:val="` + level + `"/><w:numId w:val="` + num + `"/></w:numPr></w:pPr><w:r><w:t>` + text + `</w:t></w:r></w:p>`
	}
	cell := func(properties, text string) string {
		return `<w:tc><w:tcPr>` + properties + `</w:tcPr><w:p><w:r><w:t>` + text + `</w:t></w:r></w:p></w:tc>`
	}
	box := `<w:txbxContent><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></w:txbxContent>`
	body := p("Title", "Handbook") + p("TOC1", "1 Retries ... 3") + p("H1", "Retries") +
		`<w:p><w:r><w:t>A run</w:t></w:r><w:r><w:t>, another</w:t></w:r><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del><w:ins><w:r><w:t> and more</w:t></w:r></w:ins><w:r><w:instrText>PAGE</w:instrText><w:footnoteReference w:id="2"/></w:r>` +
		`<w:r><mc:AlternateContent><mc:Choice><w:drawing><wp:posOffset>12345</wp:posOffset><wp:docPr descr="A diagram of states"/>` + box + `</w:drawing></mc:Choice><mc:Fallback><w:pict>` + box + `</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>` +
		item("1", "0", "first") + item("1", "1", "inner") + item("1", "0", "second") + item("2", "0", "总则") +
		p("Code", "func a() {") + p("Code", "  b()") + p("Code", "}") +
		`<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr>` + cell("", "Name") + cell("", "Value") + `</w:tr>` +
		`<w:tr>` + cell(`<w:vMerge w:val="restart"/>`, "retries") + cell("", "16") + `</w:tr><w:tr>` + cell(`<w:vMerge/>`, "") + cell("", "10 s") + `</w:tr></w:tbl>`
	doc := mustParse(t, "x.docx", string(officeFile(t,
		"word/document.xml", "<w:document><w:body>"+body+"</w:body></w:document>",
		"word/header1.xml", "<w:hdr><w:p><w:r><w:t>Company</w:t></w:r></w:p></w:hdr>",
		"word/footnotes.xml", `<w:footnotes><w:footnote w:id="2"><w:p><w:r><w:t>A note.</w:t></w:r></w:p></w:footnote></w:footnotes>`,
		"word/styles.xml", `<w:styles><w:style w:styleId="Title"><w:name w:val="Title"/></w:style><w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style><w:style w:styleId="TOC1"><w:name w:val="toc 1"/></w:style><w:style w:styleId="Base"><w:name w:val="Source Code"/></w:style><w:style w:styleId="Code"><w:name w:val="x"/><w:basedOn w:val="Base"/></w:style></w:styles>`,
		"word/numbering.xml", `<w:numbering><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/></w:lvl></w:abstractNum>`+
			`<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="第%1条"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num></w:numbering>`,
	)))
	if doc.Title != "Handbook" {
		t.Errorf("title %q", doc.Title)
	}
	wantOutline(t, doc, `
heading1: Handbook
heading1: Retries
paragraph (Retries): A run, another and more A diagram of states
paragraph (Retries): In a box.
list (Retries): 1. first
list (Retries): 1.a) inner
list (Retries): 2. second
list (Retries): 第一条 总则
code (Retries): func a() {⏎  b()⏎}
table (Retries) [Name | Value]: Name | Value⏎retries | 16⏎retries | 10 s
list (Retries): 1. A note.
`)
	if doc.Removed["headers and footers"] != len("Company") || doc.Removed["table of contents"] == 0 {
		t.Errorf("removed %v", doc.Removed)
	}
}

func TestXLSX(t *testing.T) {
	t.Parallel()
	doc := mustParse(t, "figures.xlsx", string(officeFile(t,
		"xl/workbook.xml", `<workbook><sheets><sheet name="Sales 销售" r:id="a"/><sheet name="Secret" state="hidden" r:id="b"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="a" Target="worksheets/sheet1.xml"/><Relationship Id="b" Target="/xl/worksheets/sheet2.xml"/></Relationships>`,
		"xl/sharedStrings.xml", `<sst><si><t>Month</t></si><si><r><t>Amo</t></r><r><t>unt</t></r><rPh><t>phonetic</t></rPh></si></sst>`,
		"xl/styles.xml", `<styleSheet><numFmts><numFmt numFmtId="200" formatCode="#,##0.00&quot;元&quot;"/><numFmt numFmtId="201" formatCode="yyyy\-mm\-dd hh:mm"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="200"/><xf numFmtId="9"/><xf numFmtId="201"/><xf numFmtId="20"/></cellXfs></styleSheet>`,
		"xl/worksheets/sheet1.xml", `<worksheet><dimension ref="B1:D9"/><sheetData>
<row r="1"><c r="B1" t="inlineStr"><is><t>Sales of 2025</t></is></c></row>
<row r="3"><c r="B3" t="s"><v>0</v></c><c r="C3" t="s"><v>1</v></c><c r="D3" t="str"><f>A1</f><v>Share</v></c></row>
<row r="4"><c r="B4" s="1"><v>45658</v></c><c r="C4" s="2"><v>1234.5</v></c><c r="D4" s="3"><v>0.256</v></c></row>
<row r="5"><c r="B5" s="4"><v>45658.5</v></c><c r="C5"><v>0.30000000000000004</v></c><c r="D5" t="b"><v>1</v></c></row>
<row r="8"><c r="B8" s="5"><v>0.75</v></c><c r="C8"><v>1E3</v></c><c r="D8" t="e"><v>#DIV/0!</v></c></row>
</sheetData></worksheet>`,
		"xl/worksheets/sheet2.xml", `<sheetData><row><c t="str"><v>hidden words</v></c></row></sheetData>`,
	)))
	if doc.Title != "figures" {
		t.Errorf("title %q", doc.Title)
	}
	wantOutline(t, doc, `
heading1: Sales 销售
paragraph (Sales 销售): Sales of 2025
table (Sales 销售) [Month | Amount | Share]: Month | Amount | Share⏎2025-01-01 | 1234.5元 | 25.6%⏎2025-01-01 12:00 | 0.3 | TRUE
table (Sales 销售) [Month | Amount | Share]: 18:00:00 | 1000 | #DIV/0!
`)
	if doc.Removed["hidden sheets"] != len("hidden words") {
		t.Errorf("removed %v", doc.Removed)
	}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	for _, data := range []string{
		"name,value\n\"a, b\",1\n次数,16\n", "name;value\n\"a, b\";1\n次数;16\n", "name\tvalue\n\"a, b\"\t1\n次数\t16\n", "sep=|\nname|value\n\"a, b\"|1\n次数|16\n",
	} {
		doc := mustParse(t, "limits.csv", data)
		wantOutline(t, doc, "table [name | value]: name | value⏎a, b | 1⏎次数 | 16\n")
		if doc.Title != "limits" {
			t.Errorf("title %q", doc.Title)
		}
	}
	doc := mustParse(t, "a.csv", "1,2\n3,4\n")
	wantOutline(t, doc, "table: 1 | 2⏎3 | 4\n")
}

func TestCode(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\tcall(\"something\")\n", 40)
	doc := mustParse(t, "dir/main.go", "package main\n\nfunc a() {\n"+long+"\n\tb()\n}\n\nfunc c() {}\n")
	if len(doc.Blocks) != 2 || doc.Title != "main.go" || doc.Blocks[1].Lang != "go" {
		t.Fatalf("title %q, blocks %+v", doc.Title, doc.Blocks)
	}
	if second := string([]rune(doc.Text)[doc.Blocks[1].Start:]); second != "func c() {}" {
		t.Errorf("second block %q", second)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	doc := mustParse(t, "notes.txt", "First line\nsecond line\n \n\n  Indented\r\n\r\n最后")
	wantOutline(t, doc, "paragraph: First line⏎second line\nparagraph: Indented\nparagraph: 最后\n")
	if doc.Title != "notes" {
		t.Errorf("title %q", doc.Title)
	}
}

func TestChapters(t *testing.T) {
	t.Parallel()
	doc := mustParse(t, "law.txt", "第一章 总则\n\n第一条 为了规范管理，制定本办法。\n\n第二节　范围\n\n本办法适用于全体员工。\n\n第二章 附则\n\nChapter 3: Scope\n\n第三章说明了以下内容。")
	wantOutline(t, doc, `
heading2: 第一章 总则
paragraph (第一章 总则): 第一条 为了规范管理，制定本办法。
heading3 (第一章 总则): 第二节 范围
paragraph (第一章 总则 > 第二节 范围): 本办法适用于全体员工。
heading2: 第二章 附则
heading2: Chapter 3: Scope
paragraph (Chapter 3: Scope): 第三章说明了以下内容。
`)
}

func TestPDF(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("testdata", "manual.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"manual.pdf", "manual.txt"} {
		doc := mustParse(t, name, string(raw))
		if doc.Type != "application/pdf" || doc.Pages != 2 || doc.Title != "Retry policy" {
			t.Errorf("%s is %s with %d pages and title %q", name, doc.Type, doc.Pages, doc.Title)
		}
		wantOutline(t, doc, `
heading1 p1: Retry policy
paragraph p1 (Retry policy): When a consumer fails, the broker delivers the message again. The number of attempts is limited to 16.
heading2 p1 (Retry policy): 重试策略
paragraph p1 (Retry policy > 重试策略): 消费失败时，服务端会重新投递消息，最多 16 次。
paragraph p2 (Retry policy > 重试策略): The second page has its own words.
`)
	}
	for name, part := range map[string]string{"encrypted.pdf": "is encrypted", "scan.pdf": "need OCR"} {
		raw, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		_, err = parseBytes(t, name, raw)
		wantError(t, err, "invalid", name, part)
	}
}

// A large Markdown file is parsed in chunks; nothing is lost at their borders.
func TestMarkdownChunks(t *testing.T) {
	t.Parallel()
	source := manual(2000) + "\nThe [last][ref] words.\n\n"
	doc := mustParse(t, "a.md", "See [this][ref].\n\n"+source+"[ref]: http://example.com\n")
	if strings.Contains(doc.Text, "[") {
		t.Error("a link to a definition in another chunk was left standing")
	}
	for _, kind := range []Kind{Heading, Paragraph, ListItem, Code, Table} {
		n := 0
		for _, b := range doc.Blocks {
			if b.Kind == kind {
				n++
			}
		}
		if want := map[Kind]int{Heading: 2001, Paragraph: 4002, ListItem: 4000, Code: 2000, Table: 2000}[kind]; n != want {
			t.Errorf("%d blocks of kind %s, want %d", n, kind, want)
		}
	}
	fence := "```\n" + strings.Repeat("code line\n", 300_000) + "```\n\n# After\n"
	doc = mustParse(t, "b.md", fence)
	last := doc.Blocks[len(doc.Blocks)-1]
	if last.Kind != Heading || doc.Blocks[0].Kind != Code || len(doc.Blocks) > 8 {
		t.Errorf("%d blocks, last %+v", len(doc.Blocks), last)
	}
}

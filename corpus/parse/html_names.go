package parse

import "strings"

// dropped are the elements that hold nothing to read, and why.
var dropped = map[string]string{
	"script": "script", "noscript": "script", "template": "script", "style": "style", "iframe": "embedded", "object": "embedded", "svg": "embedded",
	"canvas": "embedded", "audio": "embedded", "video": "embedded", "map": "embedded", "annotation": "embedded", "annotation-xml": "embedded", "head": "page head",
	"select": "form", "textarea": "form", "button": "form", "datalist": "form", "nav": "navigation", "menu": "navigation",
}

// landmarks are the parts of a page around its content, by role and by the names that
// generators give them.
var landmarks = map[string]bool{
	"navigation": true, "banner": true, "contentinfo": true, "search": true, "complementary": true, "menubar": true,
	"navbar": true, "sidebar": true, "breadcrumb": true, "breadcrumbs": true, "pagination": true, "footer": true, "toc": true, "navbox": true,
	"table-of-contents": true, "theme-doc-sidebar-container": true, "theme-doc-toc-desktop": true, "theme-doc-toc-mobile": true, "theme-doc-breadcrumbs": true,
	"pagination-nav": true, "hash-link": true, "headerlink": true, "skip-link": true, "mw-editsection": true, "mw-jump-link": true, "site-header": true, "site-footer": true,
	"cookie-banner": true, "vector-header-container": true, "noprint": true, "catlinks": true, "mw-footer": true, "vector-page-toolbar": true, "vector-column-start": true,
	"nav": true, "dropdown-menu": true, "vector-dropdown": true, "mw-portlet": true, "mw-interlanguage-selector": true, "mw-indicators": true,
}

// words splits a list of names into a set.
func words(s string) map[string]bool {
	set := map[string]bool{}
	for name := range strings.FieldsSeq(s) {
		set[name] = true
	}
	return set
}

var (
	ofHead     = words("base basefont bgsound link meta noframes noscript script style template title")
	void       = words("area base br col embed hr img input link meta param source track wbr")
	tableParts = map[string]string{"td": "tr", "th": "tr", "tr": "table", "thead": "table", "tbody": "table", "tfoot": "table", "caption": "table"}
	blocks     = words(`address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form
		h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre section summary table tbody td tfoot th thead tr ul tabs tabitem`)
	htmlElements = words(`a abbr acronym address area article aside audio b base bdi bdo big blockquote body br button canvas caption center cite code col
		colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6
		head header hgroup hr html i iframe img input ins kbd label legend li link main map mark menu meta meter nav nobr noscript object ol optgroup option
		output p param picture pre progress q rp rt ruby s samp script search section select slot small source span strike strong style sub summary sup svg
		table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr math tabs tabitem`)
)

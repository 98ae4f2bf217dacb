package pii

import "strings"

var (
	phoneWords = []string{"phone", "telephone", "tel", "call", "mobile", "cell", "fax", "desk", "contact", "reach", "whatsapp", "sms", "texted", "text me", "answering", "message", "dial", "registered", "hotline", "wechat", "ring", "电话", "手机", "联系", "致电", "拨打", "热线", "传真", "座机", "号码", "短信", "微信", "来电", "客服", "咨询", "打给", "分机", "回电", "预留", "固话", "联络"}
	notPhone   = []string{"order", "tracking", "invoice", "serial", "uid", "user id", "timestamp", "hash", "commit", "订单", "单号", "运单", "流水", "工单", "时间戳", "编号", "发票", "序列", "条码", "isbn", "issn", "版本", "version", "build", "批次", "金额", "qq", "id"}
)

// phone looks at groups of digits as a telephone number; it gives how far the text is read.
func (f *finder) phone(num numbers) int {
	if len(num.digits) < 5 || strings.Trim(num.digits, "01") == "" { // binary
		return 0
	}
	start, plus := num.start, false
	switch {
	case f.byteAt(start-1) == '+':
		start, plus = start-1, true
	case f.byteAt(start-1) == '(' && f.byteAt(start-2) == '+':
		start, plus = start-2, true
	case f.byteAt(start-1) == '(' && f.byteAt(num.ends[0]) == ')':
		start--
	}
	if prev := f.byteAt(start - 1); class[prev]&isAlnum != 0 || prev == '_' || prev == '/' || prev == '.' || prev == '-' && class[f.byteAt(start-2)]&isAlnum != 0 || prev == '#' || prev == '$' {
		return 0
	}
	near := f.before(start, 45)
	context := says(near, phoneWords...)
	against := says(tail(near, 21), notPhone...) && !says(tail(near, 12), phoneWords...)
	for g := len(num.ends) - 1; g >= 0; g-- {
		end := num.ends[g]
		if !f.phoneEnd(end) {
			continue
		}
		score := f.phoneScore(num, g, plus, context, against)
		if score == 0 {
			continue
		}
		end = f.extension(end, num.digits[:num.counts[g]])
		f.add("PHONE_NUMBER", start, end, score, phoneLayer(context))
		return end
	}
	return 0
}

func phoneLayer(context bool) string {
	if context {
		return byContext
	}
	return byForm
}

// phoneEnd says whether a number may end here.
func (f *finder) phoneEnd(end int) bool {
	next, after := f.byteAt(end), class[f.byteAt(end+1)]
	if next == 'x' || next == 'X' {
		return after == isDigit
	}
	if class[next]&isAlnum != 0 || next == '_' || next == '%' {
		return false
	}
	return (next != '-' && next != '.' && next != '/' && next != ':') || after&isAlnum == 0
}

// extension takes the extension that follows a number with it.
func (f *finder) extension(end int, digits string) int {
	rest := f.after(end, 16)
	for _, sign := range []string{"x", " x", " ext. ", " ext.", " ext ", " ext: ", " extension ", "转", " 转 ", "转分机", "-"} {
		if !strings.HasPrefix(rest, sign) || sign == "-" && (digits[0] != '0' || len(digits) < 10) {
			continue
		}
		k := len(sign)
		for k < len(rest) && class[rest[k]] == isDigit {
			k++
		}
		if n := k - len(sign); n >= 2 && n <= 6 || n == 1 && sign != "-" {
			return end + k
		}
	}
	return end
}

// phoneScore says how likely the first groups are a telephone number; 0 where they are none.
func (f *finder) phoneScore(num numbers, g int, plus, context, against bool) float64 {
	d := num.digits[:num.counts[g]]
	if len(d) < 5 || len(d) > 16 || strings.Count(d, d[:1]) == len(d) {
		return 0
	}
	if score := mainland(d, num, g, plus, f.s); score > 0 {
		switch {
		case context && !against:
			return min(score+0.2, 1)
		case against:
			return 0.3
		}
		return score
	}
	if plus {
		if len(d) >= 8 && len(d) <= 15+g && d[0] != '0' {
			return 0.9
		}
		return 0
	}
	if against || f.dateForm(num, g) {
		return 0
	}
	if northAmerican(d, num, g) {
		if g == 0 && !context {
			return 0.3
		}
		return 0.8
	}
	if len(d) == 10 && g == 2 && f.byteAt(num.start-1) == '(' && num.counts[0] == 3 && num.counts[1] == 6 {
		return 0.6
	}
	if score := national(d, num, g, f.s); score > 0 && !context {
		return score
	}
	if context && len(d) >= 7 && len(d) <= 15 && (g > 0 || len(d) >= 8 && len(d) <= 11) {
		return 0.7
	}
	if context && len(d) == 7 && g == 0 {
		return 0.5
	}
	return 0
}

// mainland scores the forms of the mainland: mobile, fixed line, 400 and 800. The short numbers that
// a company or an office has for everybody (95xxx, 12345) are nobody's.
func mainland(d string, num numbers, g int, plus bool, s string) float64 {
	bare := d
	switch {
	case strings.HasPrefix(d, "0086"):
		bare, plus = d[4:], true
	case strings.HasPrefix(d, "86") && (plus || len(d) == 13):
		bare, plus = d[2:], true
	case plus:
		return 0
	}
	switch {
	case len(bare) == 11 && bare[0] == '1' && bare[1] >= '3' && mobileGroups(num, g, len(d)):
		return 0.8
	case plus && len(bare) >= 9 && len(bare) <= 12 && len(d) > len(bare):
		return 0.8
	case len(d) == 10 && (d[:3] == "400" || d[:3] == "800"):
		if g == 0 {
			return 0.4
		}
		return 0.7
	}
	return fixedLine(d, num, g)
}

// mobileGroups says whether the groups are those in which a mobile number is written.
func mobileGroups(num numbers, g, n int) bool {
	if g == 0 {
		return true
	}
	last := num.counts[g] - num.counts[g-1]
	return n > 11 || g == 10 || last >= 2 && num.counts[0] >= 3 && num.counts[0] <= 5
}

// fixedLine scores an area code and a number.
func fixedLine(d string, num numbers, g int) float64 {
	if d[0] != '0' || len(d) < 10 || len(d) > 12 {
		return 0
	}
	area := 4
	if d[1] == '1' || d[1] == '2' {
		area = 3
	}
	if d[1] == '0' || d[1] == '1' && d[2] != '0' || d[area] < '2' {
		return 0
	}
	if n := len(d) - area; n != 7 && n != 8 {
		return 0
	}
	if g == 0 {
		return 0.4
	}
	if num.counts[0] == area {
		return 0.7
	}
	return 0
}

// northAmerican says whether the digits are those of the North American plan.
func northAmerican(d string, num numbers, g int) bool {
	if len(d) == 11 && d[0] == '1' && num.counts[0] == 1 && g > 1 && num.counts[1] == 4 {
		d = d[1:]
		return d[0] >= '2' && d[3] >= '2'
	}
	if len(d) != 10 || d[0] < '2' || d[3] < '2' {
		return false
	}
	switch g {
	case 0:
		return true
	case 1:
		return num.counts[0] == 3
	}
	return g == 2 && num.counts[0] == 3 && num.counts[1] == 6
}

// national scores other numbers that begin with 0 and are written in groups.
func national(d string, num numbers, g int, s string) float64 {
	if g == 0 || d[0] != '0' || len(d) < 9 || len(d) > 14 || num.counts[0] > 6 || num.counts[0] < 2 {
		return 0
	}
	for _, end := range num.ends[:g] {
		if s[end] == '/' {
			return 0
		}
	}
	if d[:2] == "00" {
		return 0.7
	}
	return 0.55
}

// dateForm says whether the groups look like a date, a time, a range or an address.
func (f *finder) dateForm(num numbers, g int) bool {
	if g == 0 {
		return false
	}
	sign := f.s[num.ends[0]]
	size := func(k int) int {
		if k == 0 {
			return num.counts[0]
		}
		return num.counts[k] - num.counts[k-1]
	}
	first := number(num.digits[:min(size(0), 9)])
	if size(0) == 4 && first >= 1800 && first < 2100 && size(1) <= 4 && (sign == '-' || sign == '/' || sign == '.' || sign == ' ' && size(1) <= 2) {
		return true
	}
	if g >= 2 && size(0) <= 2 && size(1) <= 2 && size(2) == 4 && (sign == '/' || sign == '-' || sign == '.') {
		return true
	}
	return sign == '/' || g == 1 && size(0) <= 4 && size(1) <= 4 && sign == '.'
}

// spoken looks at a run of Chinese numerals, mixed with digits or not, as a mobile number.
func (f *finder) spoken(i int) int {
	n, first, hans := 0, byte(0), 0
	second := byte(0)
	j, end := i, i
	for j < len(f.s) && n < 12 {
		d, size := numeral(f.s[j:])
		if size == 0 {
			if n == 0 || f.s[j] != ' ' && f.s[j] != '-' {
				break
			}
			j++
			continue
		}
		if size > 1 {
			hans++
		}
		switch n {
		case 0:
			first = d
		case 1:
			second = d
		}
		n++
		j += size
		end = j
	}
	if n != 11 || hans == 0 || first != 1 || second < 3 {
		return 0
	}
	f.add("PHONE_NUMBER", i, end, 0.9, byForm)
	return end
}

var numerals = map[string]byte{
	"〇": 0, "零": 0, "一": 1, "幺": 1, "壹": 1, "二": 2, "贰": 2, "两": 2, "三": 3, "叁": 3, "四": 4, "肆": 4,
	"五": 5, "伍": 5, "六": 6, "陆": 6, "七": 7, "柒": 7, "八": 8, "捌": 8, "九": 9, "玖": 9,
}

// numeral reads one digit, plain or Chinese, and its size; 0 where there is none.
func numeral(s string) (byte, int) {
	if class[s[0]] == isDigit {
		return s[0] - '0', 1
	}
	if len(s) >= 3 && s[0] >= 0xE3 && s[0] <= 0xE9 {
		if d, ok := numerals[s[:3]]; ok {
			return d, 3
		}
	}
	return 0, 0
}

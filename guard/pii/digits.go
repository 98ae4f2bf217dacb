package pii

import "strings"

// What a number may have beside it that says what it is.
var (
	cardWords    = []string{"card", "cards", "credit", "debit", "visa", "mastercard", "amex", "cc", "maestro", "卡", "账号", "账户", "帐号", "户", "信用卡", "unionpay", "银联"}
	notCardWords = []string{"order", "tracking", "waybill", "invoice", "serial", "snowflake", "imei", "iccid", "uuid", "订单", "单号", "运单", "流水", "编号", "工单", "序列", "条码", "批次", "快递", "物流", "发票", "trace", "hash"}
	idWords      = []string{"身份证", "证件", "身份", "id card", "identity", "id number", "resident id", "证号", "id no"}
	creditWords  = []string{"信用代码", "信用码", "uscc", "usci", "税号", "纳税人识别号", "纳税人", "credit code"}
)

// numbers are groups of digits with single signs between them.
type numbers struct {
	digits string // all of them
	ends   []int  // of each group: bytes of the text
	counts []int  // of each group: digits up to its end
	start  int
}

// digits looks at a run of digits and at what follows it; it gives how far the text is read.
func (f *finder) digits(w word) int {
	n := w.end - w.start
	if prev := f.byteAt(w.start - 1); (prev == '.' || prev == '_') && class[f.byteAt(w.start-2)]&isAlnum != 0 && n > 3 {
		return 0
	}
	if n == 18 || n == 15 {
		if to := f.resident(w.start, w.end, f.s[w.start:w.end]); to > 0 {
			return to
		}
	}
	if n == 18 {
		if to := f.credit(w); to > 0 {
			return to
		}
	}
	if f.byteAt(w.end) == '.' {
		if to := f.ip4(w); to > 0 {
			return to
		}
	}
	num := f.groups(w)
	if to := f.birth(w); to > 0 {
		return to
	}
	if to := f.grouped(num); to > 0 {
		return to
	}
	if to := f.byContext(w, num); to > 0 {
		return to
	}
	return f.phone(num)
}

// groups reads up to eleven groups from w: a mobile number with a space after each digit.
func (f *finder) groups(w word) numbers {
	num := numbers{start: w.start, digits: f.s[w.start:w.end], ends: []int{w.end}, counts: []int{w.end - w.start}}
	i := w.end
	for len(num.ends) < 11 && len(num.digits) < 24 {
		j := i
		for j < len(f.s) && j-i < 3 && strings.IndexByte(" -.()/", f.s[j]) >= 0 {
			j++
		}
		k := j
		for k < len(f.s) && class[f.s[k]] == isDigit && k-j < 24 {
			k++
		}
		if j == i || k == j || j-i > 1 && !gap(f.s[i:j]) {
			break
		}
		if class[f.byteAt(k)]&(isUpper|isLower) != 0 && f.byteAt(k) != 'x' && f.byteAt(k) != 'X' {
			break
		}
		num.digits += f.s[j:k]
		num.ends = append(num.ends, k)
		num.counts = append(num.counts, len(num.digits))
		i = k
	}
	return num
}

// gap says whether more than one sign may stand between two groups.
func gap(s string) bool {
	switch s {
	case " (", ") ", ")-", "-(", ".(", " - ", ").":
		return true
	}
	return false
}

// grouped looks for cards and identity cards, whole or in groups.
func (f *finder) grouped(num numbers) int {
	for g := len(num.ends) - 1; g >= 0; g-- {
		n := num.counts[g]
		if n < 12 || n > 19 || class[f.byteAt(num.ends[g])]&isAlnum != 0 && n < 17 {
			continue
		}
		if g > 0 && !f.evenGroups(num, g) {
			continue
		}
		d := num.digits[:n]
		if g > 0 && (n == 18 || n == 17) {
			end, id := num.ends[g], d
			if n == 17 && (f.byteAt(end) == 'X' || f.byteAt(end) == 'x') {
				end, id = end+1, d+"X"
			}
			if to := f.resident(num.start, end, id); to > 0 {
				return to
			}
		}
		if to := f.card(num, g, d); to > 0 {
			return to
		}
	}
	return 0
}

// evenGroups says whether the groups are those of a card or an identity card, with one sign
// between all of them.
func (f *finder) evenGroups(num numbers, g int) bool {
	sign := f.s[num.ends[0]]
	if sign != ' ' && sign != '-' {
		return false
	}
	from := 0
	for k := 0; k <= g; k++ {
		size := num.counts[k] - from
		if from = num.counts[k]; k < g && (size < 4 || size > 8) || size > 13 {
			return false
		}
		if k < g && (f.s[num.ends[k]] != sign || class[f.s[num.ends[k]+1]] != isDigit) {
			return false
		}
	}
	return true
}

func (f *finder) card(num numbers, g int, d string) int {
	start, end := num.start, num.ends[g]
	if d[0] < '1' || f.inNumber(start, end) {
		return 0
	}
	near := f.before(start, 48)
	context := says(near, cardWords...) || says(f.after(end, 24), "card", "卡")
	if !cardForm(d) && !(context && len(d) > 12 && d[0] > '2' && luhn(d)) || strings.Count(d, d[:1]) == len(d) {
		return 0
	}
	against := says(tail(near, 30), notCardWords...) && !says(tail(near, 15), "卡", "card")
	switch {
	case against:
		return 0
	case luhn(d) && (context || len(d) >= 15 && (g > 0 || len(d) <= 16) || d[:2] == "62"):
		score := 0.9
		if context {
			score = 1
		}
		f.add("CREDIT_CARD", start, end, score, byChecksum)
	case luhn(d) && len(d) >= 16:
		f.add("CREDIT_CARD", start, end, 0.6, byChecksum)
	case context && len(d) >= 15:
		f.add("CREDIT_CARD", start, end, 0.4, byContext)
	default:
		return 0
	}
	return end
}

// inNumber says whether what stands beside a number makes it a part of something longer.
func (f *finder) inNumber(start, end int) bool {
	prev, next := f.byteAt(start-1), f.byteAt(end)
	before, after := class[f.byteAt(start-2)], class[f.byteAt(end+1)]
	if class[prev]&isAlnum != 0 || class[next]&isAlnum != 0 || prev == '_' || next == '_' {
		return true
	}
	if (prev == '.' || prev == ',' || prev == '-' || prev == '/' || prev == '#' && before != 0) && before&isAlnum != 0 {
		return true
	}
	return (next == '.' || next == ',' || next == '-') && after&isDigit != 0
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// resident looks at 15 or 18 places as a mainland identity number.
func (f *finder) resident(start, end int, id string) int {
	if class[f.byteAt(start-1)]&isAlnum != 0 || class[f.byteAt(end)]&isAlnum != 0 {
		return 0
	}
	near := f.before(start, 48)
	context := says(near, idWords...)
	if len(id) == 15 {
		if !province(id) || !date("19"+id[6:12]) {
			return 0
		}
		if context {
			f.add("CN_ID_CARD", start, end, 0.8, byContext)
			return end
		}
		f.add("CN_ID_CARD", start, end, 0.3, byForm)
		return 0
	}
	foreign := id[0] == '9' && date(id[6:14])
	if !foreign && (!province(id) || !date(id[6:14])) {
		return 0
	}
	switch {
	case residentCheck(id) && (!foreign || !creditCheck(id) || context):
		f.add("CN_ID_CARD", start, end, 1, byChecksum)
	case context && !foreign:
		f.add("CN_ID_CARD", start, end, 0.4, byContext)
	default:
		return 0
	}
	return end
}

// credit looks at 18 places as a unified social credit code.
func (f *finder) credit(w word) int {
	code := f.s[w.start:w.end]
	if strings.ToUpper(code) != code {
		code = strings.ToUpper(code)
	}
	if strings.IndexByte("123459ANY", code[0]) < 0 || strings.IndexByte("12349", code[1]) < 0 {
		return 0
	}
	for i := 2; i < 8; i++ {
		if class[code[i]] != isDigit {
			return 0
		}
	}
	if !province(code[2:4]) && code[2:4] != "10" {
		return 0
	}
	context := says(f.before(w.start, 60), creditWords...)
	switch {
	case creditCheck(code):
		f.add("CN_USCC", w.start, w.end, 1, byChecksum)
	case context:
		f.add("CN_USCC", w.start, w.end, 0.4, byContext)
	default:
		return 0
	}
	return w.end
}

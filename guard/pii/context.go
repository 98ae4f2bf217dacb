package pii

import "strings"

var (
	birthWords    = []string{"born", "birth", "dob", "birthday", "birthdate", "d.o.b", "出生", "生日", "生于"}
	zipWords      = []string{"zip", "postal", "postcode", "zipcode", "邮编", "邮政编码"}
	passportWords = []string{"passport", "护照", "通行证", "台胞证", "回乡证"}
	licenceWords  = []string{"driver's license", "drivers license", "driver license", "driver's licence", "driving licence", "driving license", "driver’s license", "dl number"}
	plateWords    = []string{"license plate", "licence plate", "plate number", "number plate", "registration plate", "plate", "车牌", "车号"}
	ssnWords      = []string{"ssn", "social security", "社会安全"}
)

// byContext looks at a number that only the words around it make personal.
func (f *finder) byContext(w word, num numbers) int {
	n := w.end - w.start
	if n <= 3 {
		if f.age(w) {
			return w.end
		}
	}
	if to := f.security(w, num); to > 0 {
		return to
	}
	near := f.before(w.start, 40)
	if n >= 3 && n <= 6 && says(tail(near, 24), zipWords...) {
		return f.zip(w, num)
	}
	if n >= 4 && says(near, licenceWords...) {
		end := num.ends[len(num.ends)-1]
		if f.s[w.start:end] == "" || strings.ContainsAny(f.s[w.end:end], " ()/") {
			end = w.end
		}
		f.add("US_DRIVER_LICENSE", w.start, end, 0.8, byContext)
		return end
	}
	if n >= 7 && n <= 9 && says(near, passportWords...) {
		f.add("PASSPORT", w.start, w.end, 0.7, byContext)
		return w.end
	}
	return 0
}

// security looks at 3, 2 and 4 digits as a number of the social security of the US.
func (f *finder) security(w word, num numbers) int {
	d, end, whole := num.digits, w.end, w.end-w.start == 9
	if !whole {
		if len(num.ends) < 3 || num.counts[0] != 3 || num.counts[1] != 5 || num.counts[2] != 9 || num.ends[1]-num.ends[0] != 3 || num.ends[2]-num.ends[1] != 5 || f.s[num.ends[0]] != f.s[num.ends[1]] || strings.IndexByte("- ", f.s[w.end]) < 0 {
			return 0
		}
		end = num.ends[2]
	}
	if d[0] == '9' || d[:3] == "000" || d[:3] == "666" || d[3:5] == "00" || d[5:9] == "0000" || f.inNumber(w.start, end) {
		return 0
	}
	near := f.before(w.start, 48)
	longer := f.byteAt(end) == '-' && class[f.byteAt(end+1)]&isAlnum != 0
	switch {
	case longer: // the number of a ticket or a part
		return 0
	case says(near, ssnWords...):
		f.add("US_SSN", w.start, end, 0.95, byContext)
	case whole || f.s[w.end] == ' ' || says(near, notPhone...):
		return 0
	default:
		f.add("US_SSN", w.start, end, 0.6, byForm)
	}
	return end
}

// zip takes the second part of a code with it: "394 13", "7412 SL", "75534-030".
func (f *finder) zip(w word, num numbers) int {
	end := w.end
	if len(num.ends) > 1 && num.ends[1]-num.ends[0] <= 5 && strings.IndexByte(" -", f.s[w.end]) >= 0 {
		end = num.ends[1]
	} else if rest := f.s[w.end:]; len(rest) >= 3 && rest[0] == ' ' && class[rest[1]] == isUpper && class[rest[2]] == isUpper && (len(rest) == 3 || class[rest[3]]&isAlnum == 0) {
		end = w.end + 3
	}
	f.add("ZIP_CODE", w.start, end, 0.8, byContext)
	return end
}

// age looks at a number of up to three digits.
func (f *finder) age(w word) bool {
	n := number(f.s[w.start:w.end])
	if n < 1 || n > 120 || f.byteAt(w.end) == '%' || f.byteAt(w.end) == '.' && class[f.byteAt(w.end+1)] == isDigit || f.byteAt(w.start-1) == '.' || f.byteAt(w.start-1) == '$' {
		return false
	}
	rest := strings.TrimLeft(f.after(w.end, 16), " -")
	for _, a := range []string{"year old", "years old", "year-old", "years-old", "yr old", "yrs old", "y/o", "y.o.", "yo ", "years of age", "岁", "周岁"} {
		if strings.HasPrefix(rest, a) {
			f.add("AGE", w.start, w.end, 0.7, byContext)
			return true
		}
	}
	near := strings.TrimRight(f.before(w.start, 20), " ")
	for _, a := range []string{"age:", "aged", "age is", "age of", "just turned", "turned", "年龄:", "年龄", "现年", "年龄是", "年龄为"} {
		if strings.HasSuffix(near, a) && (a[0] >= 0x80 || bounded(near, len(near)-len(a), len(near))) {
			f.add("AGE", w.start, w.end, 0.6, byContext)
			return true
		}
	}
	next := f.byteAt(w.end)
	stop := next == 0 || next == '.' || next == ',' || next == ';' || next == '\n' || strings.HasPrefix(f.after(w.end, 5), " and ")
	for _, a := range []string{"when he was", "when she was", "when i was", "i'm", "i am", "he is", "she is", "he's", "she's"} {
		if stop && strings.HasSuffix(near, a) && n > 9 && bounded(near, len(near)-len(a), len(near)) {
			f.add("AGE", w.start, w.end, 0.55, byContext)
			return true
		}
	}
	return false
}

// birth reads a date where the words around it speak of a birth.
func (f *finder) birth(w word) int {
	if n := w.end - w.start; n != 8 && n > 4 || n == 3 {
		return 0
	}
	if !says(f.before(w.start, 40), birthWords...) && !says(f.after(w.start, 32), "出生", "生,", "生)") {
		return 0
	}
	start, end := f.dateAt(w)
	if end == 0 {
		return 0
	}
	f.add("DATE_OF_BIRTH", start, end, 0.75, byContext)
	return end
}

var months = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sept", "sep", "oct", "nov", "dec"}

// dateAt reads a date of which w is the first number; end is 0 where there is none.
func (f *finder) dateAt(w word) (start, end int) {
	n := w.end - w.start
	if n == 8 {
		if date(f.s[w.start:w.end]) {
			return w.start, w.end
		}
		return 0, 0
	}
	if n <= 2 {
		if end := f.namedDate(w); end > 0 {
			from := w.start
			near := strings.TrimRight(f.before(w.start, 12), " .")
			for _, m := range months {
				if strings.HasSuffix(near, m) {
					from -= len(f.before(w.start, 12)) - len(near) + len(m)
					break
				}
			}
			return from, end
		}
	}
	parts, i := [3]int{number(f.s[w.start:w.end])}, w.end
	sizes := [3]int{n}
	for p := 1; p < 3; p++ {
		sign := 0
		for _, s := range []string{"-", "/", ".", "年", "月", " 年 ", " 月 "} {
			if strings.HasPrefix(f.s[i:], s) {
				sign = len(s)
				break
			}
		}
		k := i + sign
		for k < len(f.s) && class[f.s[k]] == isDigit && k-i-sign < 4 {
			k++
		}
		if sign == 0 || k == i+sign {
			return 0, 0
		}
		parts[p], sizes[p] = number(f.s[i+sign:k]), k-i-sign
		i = k
	}
	for _, s := range []string{"日", "号", " 日"} {
		if strings.HasPrefix(f.s[i:], s) {
			i += len(s)
			break
		}
	}
	year, m, d := parts[0], parts[1], parts[2]
	if sizes[2] == 4 {
		year, m, d = parts[2], parts[0], parts[1]
		if m > 12 {
			m, d = d, m
		}
	}
	if year < 1900 || year > 2049 || m < 1 || m > 12 || d < 1 || d > 31 {
		return 0, 0
	}
	return w.start, i
}

// namedDate gives the end of "7 March 1990", "March 7, 1990" with w the day.
func (f *finder) namedDate(w word) int {
	rest := f.after(w.end, 20)
	trimmed := strings.TrimLeft(rest, " ,stndrh.")
	at := w.end + len(rest) - len(trimmed)
	named := false
	for _, m := range months {
		if strings.HasPrefix(trimmed, m) {
			named = true
			at += len(m)
			break
		}
		if strings.HasSuffix(strings.TrimRight(f.before(w.start, 12), " ."), m) {
			named = true
			break
		}
	}
	if !named {
		return 0
	}
	rest = f.after(at, 8)
	trimmed = strings.TrimLeft(rest, " ,.")
	at += len(rest) - len(trimmed)
	if len(trimmed) < 4 || class[trimmed[0]]&class[trimmed[1]]&class[trimmed[2]]&class[trimmed[3]] != isDigit {
		return 0
	}
	return at + 4
}

// mixed looks at a run of letters and digits; it gives how far the text is read.
func (f *finder) mixed(w word) int {
	s, n := f.s[w.start:w.end], w.end-w.start
	if class[s[0]] == isDigit {
		k := 0
		for k < n && class[s[k]] == isDigit {
			k++
		}
		if k >= 7 && k < n-1 && (s[k] == 'x' || s[k] == 'X') {
			return f.digits(word{w.start, w.start + k})
		}
		if n == 18 && k == 17 {
			if to := f.resident(w.start, w.end, s); to > 0 {
				return to
			}
		}
	}
	if n == 18 {
		if to := f.credit(w); to > 0 {
			return to
		}
	}
	if n >= 4 && class[s[0]]&(isUpper|isLower) != 0 && class[s[1]]&(isUpper|isLower) != 0 && class[s[2]] == isDigit && class[s[3]] == isDigit {
		if to := f.iban(w); to > 0 {
			return to
		}
	}
	return f.named(w)
}

// iban reads an IBAN, whole or in groups.
func (f *finder) iban(w word) int {
	if prev := f.byteAt(w.start - 1); prev == '_' || prev == '-' {
		return 0
	}
	want, ok := ibanLength[strings.ToUpper(f.s[w.start:w.start+2])]
	if !ok {
		return 0
	}
	var iban [40]byte
	n, i := 0, w.start
	for ; i < len(f.s) && n < want; i++ {
		c := f.s[i]
		switch {
		case class[c]&isDigit != 0, class[c] == isUpper:
		case class[c] == isLower:
			c -= 'a' - 'A'
		case (c == ' ' || c == '-') && n%4 == 0:
			continue
		default:
			return 0
		}
		iban[n] = c
		n++
	}
	if n < want || class[f.byteAt(i)]&isAlnum != 0 {
		return 0
	}
	switch {
	case ibanCheck(string(iban[:n])):
		f.add("IBAN_CODE", w.start, i, 1, byChecksum)
	case says(f.before(w.start, 32), "iban"):
		f.add("IBAN_CODE", w.start, i, 0.4, byContext)
	default:
		return 0
	}
	return i
}

// named looks at letters and digits that only the words around them make personal.
func (f *finder) named(w word) int {
	n := w.end - w.start
	if n < 2 || n > 20 {
		return 0
	}
	near := f.before(w.start, 40)
	switch {
	case n >= 5 && says(near, licenceWords...):
		f.add("US_DRIVER_LICENSE", w.start, w.end, 0.8, byContext)
		return w.end
	case n >= 7 && n <= 10 && travelDocument(f.s[w.start:w.end]):
		if says(near, passportWords...) {
			f.add("PASSPORT", w.start, w.end, 0.9, byContext)
			return w.end
		}
		if n == 9 && strings.IndexByte("EG", f.s[w.start]) >= 0 {
			f.add("PASSPORT", w.start, w.end, 0.3, byForm)
		}
	}
	if n <= 8 && says(tail(near, 26), plateWords...) {
		return f.plate(w)
	}
	if n <= 4 && says(tail(near, 16), zipWords...) {
		end := w.end
		if rest := f.s[end:]; len(rest) >= 4 && rest[0] == ' ' && class[rest[1]]&isAlnum != 0 && class[rest[2]]&isAlnum != 0 && class[rest[3]]&isAlnum != 0 && (len(rest) == 4 || class[rest[4]]&isAlnum == 0) {
			end += 4
		}
		f.add("ZIP_CODE", w.start, end, 0.7, byContext)
		return end
	}
	return 0
}

// plate takes the second part of a plate with it: "AB12 CDE".
func (f *finder) plate(w word) int {
	end := w.end
	if rest := f.s[end:]; len(rest) >= 4 && (rest[0] == ' ' || rest[0] == '-') && w.end-w.start <= 4 {
		k := 1
		for k < len(rest) && class[rest[k]]&(isUpper|isDigit) != 0 {
			k++
		}
		if k >= 3 && k <= 5 && (k == len(rest) || class[rest[k]]&isAlnum == 0) {
			end += k
		}
	}
	if end-w.start < 4 {
		return 0
	}
	f.add("LICENSE_PLATE", w.start, end, 0.75, byContext)
	return end
}

// travelDocument says whether s is up to two letters and six to nine digits.
func travelDocument(s string) bool {
	k := 0
	for k < len(s) && class[s[k]]&(isUpper|isLower) != 0 {
		k++
	}
	if k < 1 || k > 2 || len(s)-k < 6 {
		return false
	}
	for i := k; i < len(s); i++ {
		if class[s[i]] != isDigit {
			return false
		}
	}
	return true
}

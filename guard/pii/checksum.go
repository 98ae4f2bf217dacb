package pii

// luhn is the check of ISO/IEC 7812-1.
func luhn(digits string) bool {
	sum, double := 0, false
	for i := len(digits) - 1; i >= 0; i-- {
		d := int(digits[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return sum%10 == 0
}

// residentCheck is the check of GB 11643-1999 (ISO 7064, MOD 11-2) over 18 places.
func residentCheck(id string) bool {
	sum, weight := 0, 1
	for i := 17; i >= 0; i-- {
		switch c := id[i]; {
		case c >= '0' && c <= '9':
			sum += int(c-'0') * weight
		case i == 17 && (c == 'X' || c == 'x'):
			sum += 10 * weight
		default:
			return false
		}
		weight = weight * 2 % 11
	}
	return sum%11 == 1
}

// creditCheck is the check of GB 32100-2015 over 18 places, modulo 31.
func creditCheck(code string) bool {
	const places = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	sum, weight := 0, 1
	for i := range 18 {
		value := -1
		for v := range len(places) {
			if places[v] == code[i] {
				value = v
				break
			}
		}
		if value < 0 {
			return false
		}
		if i == 17 {
			return (31-sum%31)%31 == value
		}
		sum += value * weight
		weight = weight * 3 % 31
	}
	return false
}

// ibanCheck is the check of ISO 13616 (ISO 7064, MOD 97-10). The letters are capitals.
func ibanCheck(iban string) bool {
	rest := 0
	for i := range len(iban) {
		c := iban[(i+4)%len(iban)]
		if c >= 'A' && c <= 'Z' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest == 1
}

// ibanLength are the lengths of the IBAN registry (SWIFT, release 99).
var ibanLength = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29, "BY": 28,
	"CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
	"FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28,
	"IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
	"LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28,
	"NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24,
	"SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26,
	"UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}

// provinces are the first two digits of a resident's identity number (GB/T 2260).
func province(two string) bool {
	switch two[0] {
	case '1':
		return two[1] >= '1' && two[1] <= '5'
	case '2':
		return two[1] >= '1' && two[1] <= '3'
	case '3':
		return two[1] >= '1' && two[1] <= '7'
	case '4':
		return two[1] >= '1' && two[1] <= '6'
	case '5':
		return two[1] >= '0' && two[1] <= '4'
	case '6':
		return two[1] >= '1' && two[1] <= '5'
	case '7':
		return two[1] == '1'
	case '8':
		return two[1] >= '1' && two[1] <= '3'
	}
	return false
}

// date says whether yyyymmdd is a day between 1900 and 2049.
func date(s string) bool {
	y, m, d := number(s[:4]), number(s[4:6]), number(s[6:8])
	return y >= 1900 && y < 2050 && m >= 1 && m <= 12 && d >= 1 && d <= daysIn(y, m)
}

func daysIn(y, m int) int {
	switch {
	case m == 2 && y%4 == 0 && (y%100 != 0 || y%400 == 0):
		return 29
	case m == 2:
		return 28
	case m == 4 || m == 6 || m == 9 || m == 11:
		return 30
	}
	return 31
}

func number(digits string) int {
	n := 0
	for i := range len(digits) {
		n = n*10 + int(digits[i]-'0')
	}
	return n
}

// cardForm says whether cards with this beginning and this many digits are given out
// (ISO/IEC 7812-1, and what the networks publish; 95 and 103 are old cards of mainland banks).
func cardForm(d string) bool {
	n, four := len(d), number(d[:4])
	two := four / 100
	switch {
	case d[0] == '4':
		return n == 13 || n == 16 || n == 18 || n == 19
	case two >= 51 && two <= 55 || four >= 2221 && four <= 2720:
		return n == 16
	case two == 34 || two == 37:
		return n == 15
	case two == 36 || two == 38 || two == 39 || four/10 >= 300 && four/10 <= 305 || four/10 == 309:
		return n == 14 || n == 16
	case four == 2131 || four == 1800:
		return n == 15
	case four >= 3528 && four <= 3589:
		return n >= 16 && n <= 19
	case two == 62 || two == 60 || two == 64 || two == 65 || two == 81 || two == 68 || two == 69:
		return n >= 16 && n <= 19
	case four == 9558 || four == 9559 || four/10 == 103:
		return n == 16 || n == 19
	}
	return two == 50 || two == 56 || two == 57 || two == 58 || two == 63 || two == 67 // Maestro
}

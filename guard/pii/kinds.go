package pii

import (
	"slices"
	"strings"
)

// A Kind is one kind of personal data or secret that is looked for.
type Kind struct {
	Name        string
	Checksummed bool // there is a checksum, and [Span.Checked] says whether it holds
	Secret      bool // gives access to something
	Heuristic   bool // found by lists and the words around it: expect misses and false alarms
}

var kinds = []Kind{
	{Name: "EMAIL_ADDRESS"},
	{Name: "PHONE_NUMBER"},
	{Name: "CN_ID_CARD", Checksummed: true},
	{Name: "CN_USCC", Checksummed: true},
	{Name: "CREDIT_CARD", Checksummed: true},
	{Name: "IBAN_CODE", Checksummed: true},
	{Name: "PASSPORT"},
	{Name: "LICENSE_PLATE"},
	{Name: "US_SSN"},
	{Name: "US_DRIVER_LICENSE"},
	{Name: "IP_ADDRESS"},
	{Name: "MAC_ADDRESS"},
	{Name: "URL"},
	{Name: "DATE_OF_BIRTH"},
	{Name: "AGE"},
	{Name: "ZIP_CODE"},
	{Name: "PERSON", Heuristic: true},
	{Name: "ADDRESS", Heuristic: true},
	{Name: "API_KEY", Secret: true},
	{Name: "PRIVATE_KEY", Secret: true},
	{Name: "PASSWORD", Secret: true},
	{Name: "CREDENTIAL_URL", Secret: true}, // an address with a user and a password in it
}

// Kinds are the kinds that are looked for.
func Kinds() []Kind { return slices.Clone(kinds) }

// known gives the kind of that name.
func known(name string) (Kind, bool) {
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return kinds[i], true
}

// aliases maps the names that other sets and products use.
var aliases = map[string]string{
	"EMAIL": "EMAIL_ADDRESS", "MAIL": "EMAIL_ADDRESS", "E_MAIL": "EMAIL_ADDRESS", "邮箱": "EMAIL_ADDRESS", "电子邮箱": "EMAIL_ADDRESS",
	"PHONE": "PHONE_NUMBER", "MOBILE": "PHONE_NUMBER", "CN_PHONE": "PHONE_NUMBER", "MOBILE_PHONE": "PHONE_NUMBER", "CN_MOBILE": "PHONE_NUMBER",
	"TELEPHONE": "PHONE_NUMBER", "TEL": "PHONE_NUMBER", "LANDLINE": "PHONE_NUMBER", "CN_LANDLINE": "PHONE_NUMBER", "FAX": "PHONE_NUMBER",
	"CN_PHONE_NUMBER": "PHONE_NUMBER", "CN_MOBILE_NUMBER": "PHONE_NUMBER", "MOBILE_NUMBER": "PHONE_NUMBER", "TELEPHONE_NUMBER": "PHONE_NUMBER",
	"PHONENUMBER": "PHONE_NUMBER", "FIXED_LINE": "PHONE_NUMBER", "CN_FIXED_LINE": "PHONE_NUMBER", "电话": "PHONE_NUMBER", "手机号": "PHONE_NUMBER",
	"ID_CARD": "CN_ID_CARD", "CN_ID": "CN_ID_CARD", "RESIDENT_ID": "CN_ID_CARD", "CN_RESIDENT_ID": "CN_ID_CARD", "IDCARD": "CN_ID_CARD",
	"ID_NUMBER": "CN_ID_CARD", "CN_ID_NUMBER": "CN_ID_CARD", "NATIONAL_ID": "CN_ID_CARD", "CN_RESIDENT_ID_CARD": "CN_ID_CARD",
	"CHINA_ID": "CN_ID_CARD", "IDENTITY_CARD": "CN_ID_CARD", "CN_IDENTITY_CARD": "CN_ID_CARD", "CN_NATIONAL_ID": "CN_ID_CARD", "身份证": "CN_ID_CARD",
	"ID_CARD_NUMBER": "CN_ID_CARD", "CN_ID_CARD_NUMBER": "CN_ID_CARD", "身份证号": "CN_ID_CARD",
	"USCC": "CN_USCC", "USCI": "CN_USCC", "UNIFIED_SOCIAL_CREDIT_CODE": "CN_USCC", "SOCIAL_CREDIT_CODE": "CN_USCC", "CN_SOCIAL_CREDIT_CODE": "CN_USCC",
	"CN_UNIFIED_SOCIAL_CREDIT_CODE": "CN_USCC", "统一社会信用代码": "CN_USCC",
	"BANK_CARD": "CREDIT_CARD", "CARD": "CREDIT_CARD", "CARD_NUMBER": "CREDIT_CARD", "CREDIT_CARD_NUMBER": "CREDIT_CARD", "DEBIT_CARD": "CREDIT_CARD",
	"CN_BANK_CARD": "CREDIT_CARD", "BANKCARD": "CREDIT_CARD", "BANK_CARD_NUMBER": "CREDIT_CARD", "BANK_ACCOUNT": "CREDIT_CARD", "UNIONPAY": "CREDIT_CARD",
	"CREDITCARD": "CREDIT_CARD", "CN_BANK_CARD_NUMBER": "CREDIT_CARD", "银行卡": "CREDIT_CARD", "银行卡号": "CREDIT_CARD",
	"IBAN":            "IBAN_CODE",
	"PASSPORT_NUMBER": "PASSPORT", "CN_PASSPORT": "PASSPORT", "US_PASSPORT": "PASSPORT", "PASSPORT_NO": "PASSPORT", "护照": "PASSPORT",
	"PLATE": "LICENSE_PLATE", "CAR_PLATE": "LICENSE_PLATE", "CN_PLATE": "LICENSE_PLATE", "LICENCE_PLATE": "LICENSE_PLATE", "VEHICLE_PLATE": "LICENSE_PLATE",
	"CN_LICENSE_PLATE": "LICENSE_PLATE", "PLATE_NUMBER": "LICENSE_PLATE", "LICENSE_PLATE_NUMBER": "LICENSE_PLATE", "CN_CAR_PLATE": "LICENSE_PLATE",
	"CN_VEHICLE_PLATE": "LICENSE_PLATE", "车牌": "LICENSE_PLATE", "车牌号": "LICENSE_PLATE",
	"SSN": "US_SSN", "SOCIAL_SECURITY_NUMBER": "US_SSN",
	"DRIVER_LICENSE": "US_DRIVER_LICENSE", "DRIVERS_LICENSE": "US_DRIVER_LICENSE", "DRIVING_LICENCE": "US_DRIVER_LICENSE",
	"IP": "IP_ADDRESS", "IPV4": "IP_ADDRESS", "IPV6": "IP_ADDRESS", "IPV4_ADDRESS": "IP_ADDRESS", "IPV6_ADDRESS": "IP_ADDRESS", "IPADDRESS": "IP_ADDRESS",
	"MAC":         "MAC_ADDRESS",
	"DOMAIN_NAME": "URL", "DOMAIN": "URL", "WEBSITE": "URL", "LINK": "URL", "网址": "URL",
	"DOB": "DATE_OF_BIRTH", "BIRTHDAY": "DATE_OF_BIRTH", "BIRTH_DATE": "DATE_OF_BIRTH", "BIRTHDATE": "DATE_OF_BIRTH",
	"ZIP": "ZIP_CODE", "ZIPCODE": "ZIP_CODE", "POSTCODE": "ZIP_CODE", "POSTAL_CODE": "ZIP_CODE",
	"NAME": "PERSON", "PER": "PERSON", "PERSON_NAME": "PERSON", "FULL_NAME": "PERSON", "CN_NAME": "PERSON", "CN_PERSON": "PERSON", "CHINESE_NAME": "PERSON",
	"PERSON_ZH": "PERSON", "姓名": "PERSON", "人名": "PERSON",
	"STREET_ADDRESS": "ADDRESS", "LOCATION": "ADDRESS", "CN_ADDRESS": "ADDRESS", "HOME_ADDRESS": "ADDRESS", "ADDR": "ADDRESS", "地址": "ADDRESS", "住址": "ADDRESS",
	"SECRET": "API_KEY", "APIKEY": "API_KEY", "TOKEN": "API_KEY", "ACCESS_KEY": "API_KEY", "SECRET_KEY": "API_KEY", "API_TOKEN": "API_KEY", "JWT": "API_KEY",
	"AWS_KEY": "API_KEY", "AWS_ACCESS_KEY": "API_KEY", "ACCESS_TOKEN": "API_KEY", "密钥": "API_KEY",
	"PEM": "PRIVATE_KEY", "SSH_KEY": "PRIVATE_KEY", "RSA_PRIVATE_KEY": "PRIVATE_KEY", "私钥": "PRIVATE_KEY",
	"PASSWD": "PASSWORD", "PWD": "PASSWORD", "密码": "PASSWORD", "口令": "PASSWORD",
}

// Alias gives the name that this package uses for a kind, from the names that other sets and
// products use, in any case and with spaces, dots or hyphens for underscores. A name it does
// not know comes back in capitals.
func Alias(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '.' {
			return '_'
		}
		return r
	}, strings.ToUpper(strings.TrimSpace(name)))
	if to, ok := aliases[name]; ok {
		return to
	}
	return name
}

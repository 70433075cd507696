package instrument

import (
	"fmt"
	"regexp"
)

// Luhn checks the last digit of a card number (ISO/IEC 7812-1, annex B).
func Luhn(number string) bool {
	if !digits(number) {
		return false
	}
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// iban puts the right check digits between country and account.
func iban(country, account string) string {
	return fmt.Sprintf("%s%02d%s", country, 98-mod97(account+country+"00"), account)
}

// mod97 is the remainder of the number one gets by writing A as 10 … Z as 35.
func mod97(s string) int {
	rest := 0
	for i := range len(s) {
		if c := s[i]; c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest
}

var bicForm = regexp.MustCompile(`^[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$`)

// ValidBIC checks the form of a business identifier code (ISO 9362): four
// letters, country, location, and optionally a branch.
func ValidBIC(s string) bool { return bicForm.MatchString(s) }

// BICCountry is the country of a bank: characters 5 and 6 of its BIC (ISO 9362).
// It is "" for what is no BIC.
func BICCountry(bic string) string {
	if !ValidBIC(bic) {
		return ""
	}
	return bic[4:6]
}

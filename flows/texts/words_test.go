package texts

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"fix403/flows/texts/german"
)

// avoided are words that a native technical editor would not use here: reports and shows, not says and tells; fix, not mend;
// grant and revoke, not give and take back; the admin is "they".
var avoided = regexp.MustCompile(`(?i)\b(say|says|said|saying|tell|tells|told|telling|stands?|mend|mends|mended|whoever|whom|somebody|likewise|he|his|him|what comes|take back|takes back|taken back|took back|takes it back)\b`)

func TestSentencesAvoidWords(t *testing.T) {
	for text, at := range textsInSource(t) {
		if found := avoided.FindString(string(text)); found != "" {
			t.Errorf("%s: %q is not used in what people read: %q", at, found, text)
		}
	}
}

// Guides are longer than sentences on a screen: of the words only those that are always wrong are looked for.
func TestGuidesAvoidWords(t *testing.T) {
	wrong := regexp.MustCompile(`(?i)\b(mend|mends|mended|whoever|somebody|likewise|he|his|him|what comes)\b`)
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) < 10 {
		t.Fatal(pages, err)
	}
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range wrong.FindAllString(string(text), -1) {
			t.Errorf("%s: %q is not used", page, found)
		}
	}
}

// germanTerms are what the German texts use elsewhere another word for, and forms that address the reader: advice is an infinitive, as in
// "Den Pfad prüfen". What a gate says to a caller ("wer du bist") is speech.
var germanTerms = regexp.MustCompile(`Dienstkont|Service-Konto|Service Account\b|Schranke|Administrator|Admin Console|\bErlaubnis|\bIds?\b|Token-Endpoint|abgeschaltet|` +
	`(^|[.:] |, oder |und )([A-ZÄÖÜa-zäöü]+en Sie|Sieh|Führe|Nenne|Prüfe|Lege|Gib|Miss)\b|\b(die|Die|seine|keine|deren|von) Tokens\b`)

func TestGermanTerms(t *testing.T) {
	said, err := catalogue(german.All())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../cmd/fix403/help/de.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &said); err != nil {
		t.Fatal(err)
	}
	for text, german := range said {
		if found := germanTerms.FindString(german); found != "" {
			t.Errorf("%s: %q is not used: %q", text, found, german)
		}
	}
}

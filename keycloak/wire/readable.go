package wire

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// unreadable takes the place of a body in an encoding that is not read, in which no secret could be found.
const unreadable = "(a body that cannot be shown: its content encoding is unknown)"

// readable returns a body as text: decompressed, and in UTF-8, as far as its headers tell how.
func readable(h http.Header, body string) string {
	if body == "" {
		return body
	}
	for _, encodings := range h["Content-Encoding"] {
		list := strings.Split(encodings, ",")
		for i := len(list) - 1; i >= 0; i-- {
			plain, known := decompressed(strings.ToLower(strings.TrimSpace(list[i])), body)
			if !known && !utf8.ValidString(body) {
				return unreadable
			}
			if known {
				body = plain
			}
		}
	}
	_, params, _ := mime.ParseMediaType(h.Get("Content-Type"))
	charset := strings.ToLower(params["charset"])
	switch {
	case strings.HasPrefix(body, "\xff\xfe"), charset == "utf-16le":
		return fromUTF16(binary.LittleEndian, body)
	case strings.HasPrefix(body, "\xfe\xff"), charset == "utf-16", charset == "utf-16be":
		return fromUTF16(binary.BigEndian, body)
	case charset == "iso-8859-1", charset == "latin1", charset == "windows-1252", charset == "iso-8859-15", charset == "us-ascii":
		var out strings.Builder
		for i := range len(body) {
			out.WriteRune(rune(body[i]))
		}
		return out.String()
	}
	return body
}

func decompressed(encoding, body string) (string, bool) {
	in := strings.NewReader(body)
	var out io.Reader
	var err error
	switch encoding {
	case "", "identity":
		return body, true
	case "gzip", "x-gzip":
		out, err = gzip.NewReader(in)
	case "deflate":
		if out, err = zlib.NewReader(in); err != nil { // many send it without what should stand around it
			out, err = flate.NewReader(strings.NewReader(body)), nil
		}
	default:
		return "", false
	}
	if err != nil {
		return "", false
	}
	var text bytes.Buffer
	if _, err := io.Copy(&text, io.LimitReader(out, 2*maxRecordedBody+1)); err != nil && text.Len() == 0 {
		return "", false
	}
	return text.String(), true
}

func fromUTF16(order binary.ByteOrder, body string) string {
	units := make([]uint16, 0, len(body)/2)
	for i := 0; i+1 < len(body); i += 2 {
		units = append(units, order.Uint16([]byte(body[i:i+2])))
	}
	return strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff")
}

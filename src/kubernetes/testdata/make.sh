#!/bin/bash
# Makes the certificates of the tests anew, next to this script. See README.md.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
touch "$work/index.txt"
cat >"$work/ca.conf" <<CONF
[ca]
default_ca = test
[test]
database = $work/index.txt
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
organizationName = optional
commonName = supplied
[authority]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
CONF

readonly ALWAYS="-startdate 20200101000000Z -enddate 21200101000000Z"
readonly LONG_AGO="-startdate 20200101000000Z -enddate 20200102000000Z"

# key_and_request NAME SUBJECT [SUBJECT_ALT_NAME]
key_and_request() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "$2" \
    ${3:+-addext "subjectAltName=$3"} -keyout "$1.key" -out "$work/$1.csr" 2>/dev/null
}

# authority NAME
authority() {
  key_and_request "$1" "/CN=skynet test $1"
  openssl ca -batch -notext -config "$work/ca.conf" -extensions authority -selfsign $ALWAYS \
    -keyfile "$1.key" -in "$work/$1.csr" -out "$1.crt" 2>/dev/null
}

# signed NAME VALIDITY AUTHORITY SUBJECT [SUBJECT_ALT_NAME]
signed() {
  key_and_request "$1" "$4" "${5:-}"
  openssl ca -batch -notext -config "$work/ca.conf" $2 \
    -keyfile "$3.key" -cert "$3.crt" -in "$work/$1.csr" -out "$1.crt" 2>/dev/null
}

authority ca
authority other-ca
signed server "$ALWAYS" ca "/CN=kube-apiserver" "DNS:kubernetes.default.svc,IP:127.0.0.1"
signed other-name "$ALWAYS" ca "/CN=kube-apiserver" "DNS:kubernetes.default.svc"
signed expired "$LONG_AGO" ca "/CN=kube-apiserver" "IP:127.0.0.1"
signed client "$ALWAYS" ca "/O=system:nodes/CN=system:node:node1"
signed other-client "$ALWAYS" other-ca "/O=system:nodes/CN=system:node:node1"
openssl pkey -in client.key -aes256 -passout pass:test -out encrypted.key
rm -f ca.key other-ca.key

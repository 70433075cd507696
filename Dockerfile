# Sandbank's three programs in one small image, for compose.yaml and for machines with nothing but
# Docker. Dockerfile.prebuilt is the same without the need for the Go image.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /out/ ./cmd/processor ./cmd/bank ./cmd/merchant
RUN mkdir -p /root/data && chown 65532:65532 /root/data

FROM scratch
# Webhooks go to https addresses, too.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/ /
COPY --from=build --chown=65532:65532 /root/data /data
# No user of this number exists anywhere: the programs own nothing but /data.
USER 65532:65532
WORKDIR /data
EXPOSE 8080
CMD ["/processor"]

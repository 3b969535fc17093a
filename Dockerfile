# The destination: docker build -t inkling . && docker run -p 8080:8080 -v inkling:/data --env-file inkling.env inkling
# The image's Node is the one the tests run on, and its C library the one they ran with.

FROM node:24.21.0-slim AS build
WORKDIR /inkling
COPY package.json package-lock.json .npmrc ./
# Node is here already, so no package has to fetch it.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
COPY examples examples
RUN npm run build

FROM node:24.21.0-slim AS packages
WORKDIR /inkling
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts
# Half of what packages bring is for whoever programs with them.
RUN find node_modules -type f '(' -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' ')' -delete

FROM node:24.21.0-slim
# Loopback of a container is reached by nobody outside of it: what of this is published, -p decides.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATA_DIR=/data
# A volume takes over the owner of the folder it first covers.
RUN install -d -o 1000 -g 1000 /data
WORKDIR /inkling
COPY package.json LICENSE ./
COPY --from=packages /inkling/node_modules node_modules
COPY --from=build /inkling/dist dist
# "node" by its number: a cluster that admits no root wants to see that it is none.
USER 1000:1000
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# As process 1 and without a shell, so that a SIGTERM arrives: it finishes what is in flight.
STOPSIGNAL SIGTERM
# As the command's first line says: room for what is short-lived.
ENTRYPOINT ["node", "--max-semi-space-size=64", "dist/src/destination/main.js"]
CMD ["serve"]

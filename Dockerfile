# The node as an image: built from the sources, run as an ordinary user with nothing but production dependencies.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json ./
RUN npm ci
COPY src ./src
# Foundry is for tests and benchmarks only; npm counts it as optional, because its builds exist for few platforms.
RUN npm run build && npm prune --omit=dev && rm -rf node_modules/@foundry-rs

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./package.json
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
RUN mkdir /network && chown node:node /network
USER node
VOLUME /network
# JSON-RPC and WebSocket, peers, metrics and health.
EXPOSE 8545 30300 9100
ENTRYPOINT ["node", "/app/dist/src/cli/main.js"]
CMD ["start", "--data-dir", "/network"]
